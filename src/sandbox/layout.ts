import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type SandboxState, sandboxStateSchema } from '../codec/sandbox.ts';
import { DrError } from '../core/errors.ts';
import { replaceFile } from '../drivers/local/durableFiles.ts';

/** A sandbox on disk. Every process of it can be found again from here, by any later command. */
export interface Sandbox {
  readonly dir: string;
  readonly state: SandboxState;
}

export const paths = {
  state: (dir: string) => join(dir, 'sandbox.json'),
  config: (dir: string) => join(dir, 'vlog-dr.yaml'),
  acked: (dir: string) => join(dir, 'acked.jsonl'),
  chainCache: (dir: string) => join(dir, 'chain-cache'),
  runState: (dir: string) => join(dir, 'state'),
  logServerData: (dir: string, id: string) => join(dir, 'data', id),
  metaStore: (dir: string) => join(dir, 'metastore'),
  process: (dir: string, id: string) => join(dir, 'run', `${id}.json`),
  output: (dir: string, id: string) => join(dir, 'output', `${id}.txt`),
} as const;

/** Throws `E_USAGE` when there is no sandbox in the directory. */
export async function openSandbox(directory: string): Promise<Sandbox> {
  const dir = resolve(directory);
  const text = await readFile(paths.state(dir), 'utf8').catch((cause: unknown) => {
    throw new DrError('E_USAGE', {
      message: `There is no sandbox in ${dir}. Nothing was done.`,
      hint: 'Make one with `vlog-dr sandbox up --dir DIR`.',
      context: { dir },
      cause,
    });
  });
  const parsed = sandboxStateSchema.safeParse(safeJson(text));
  if (parsed.success) return { dir, state: parsed.data };
  throw new DrError('E_USAGE', {
    message: `${paths.state(dir)} is damaged or of another version. Nothing was done; processes of the sandbox may be running.`,
    hint: `Their process ids are in ${join(dir, 'run')}.`,
    context: { dir },
  });
}

export async function saveSandbox({ dir, state }: Sandbox): Promise<void> {
  for (const name of ['run', 'output', 'data', 'state']) await mkdir(join(dir, name), { recursive: true });
  await replaceFile(paths.state(dir), `${JSON.stringify(state, undefined, 2)}\n`);
}

export function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Members of an etcd have a directory each. */
export function metaStoreDataOf({ dir, state }: Sandbox, id: string): string {
  return state.metaStore.kind === 'etcd' ? join(paths.metaStore(dir), id) : paths.metaStore(dir);
}

/** Members by the ids given; all of one kind and its order when none are. Throws `E_UNKNOWN_SERVER`. */
export function requireMember({ state }: Sandbox, id: string): 'logServer' | 'metaStore' {
  if (state.logServers.some((server) => server.id === id)) return 'logServer';
  if (state.metaStore.members.some((member) => member.id === id)) return 'metaStore';
  const known = [...state.logServers, ...state.metaStore.members].map((one) => one.id);
  throw new DrError('E_UNKNOWN_SERVER', {
    message: `The sandbox has no ${id}; it has ${known.join(', ')}. Nothing was done.`,
    hint: '`vlog-dr sandbox status` shows them.',
    context: { id, known },
  });
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
