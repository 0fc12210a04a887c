import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';
import { findGateway } from './s3/packages.ts';

/**
 * Tests that need a program or a server from outside the repository ask for it here, by name.
 * With VLOG_DR_REQUIRE_ALL=1 (CI) a missing one fails the suite: a green run must not mean "skipped".
 * Elsewhere the tests that need it are skipped, and the reason is said.
 */
interface External {
  find(): string | undefined;
  howToGet: string;
}

/** What is not simply an executable in PATH, or has a better hint than its own name. */
const known: Readonly<Record<string, External>> = {
  s3: { find: () => findGateway()?.root, howToGet: 'run .ci/install-s3 as root' },
  etcd: { find: () => inPath('etcd'), howToGet: 'apt-get install etcd-server' },
  etcdctl: { find: () => inPath('etcdctl'), howToGet: 'apt-get install etcd-client' },
};

const warned = new Set<string>();

/** Where the program is, or undefined if it is not here; throws instead when everything is required. */
export function requireProgram(name: string): string | undefined {
  const external = known[name] ?? { find: () => inPath(name), howToGet: `install ${name}` };
  const found = external.find();
  if (found !== undefined) return found;

  const reason = `${name} is not on this machine: ${external.howToGet}`;
  if (process.env.VLOG_DR_REQUIRE_ALL === '1') throw new Error(`${reason} (VLOG_DR_REQUIRE_ALL=1)`);
  if (!warned.has(name)) console.warn(`tests skipped: ${reason}`);
  warned.add(name);
  return undefined;
}

/** For `describe.skipIf(!needs('strace'))`. */
export function needs(name: string): boolean {
  return requireProgram(name) !== undefined;
}

/** A `describe` that runs only where every named program is; the skipped title names what is missing. */
export function describeWith(names: string | readonly string[], title: string, body: () => void): void {
  const missing = [names].flat().filter((name) => !needs(name));
  if (missing.length === 0) describe(title, body);
  else describe.skip(`${title} (needs ${missing.join(', ')})`, body);
}

function inPath(name: string): string | undefined {
  const candidates = (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, name));
  return candidates.find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
