import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DrError, PortError } from '../../core/errors.ts';

const run = promisify(execFile);
/** What `etcdctl` says is a few lines. */
const OUTPUT_BYTES = 1024 * 1024;

const PACKAGES = { etcd: 'etcd-server', etcdctl: 'etcd-client' } as const;

/** The user's own settings of etcd are not for ours; etcd refuses some that are given twice. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !/^ETCD(CTL)?_/.test(name));
  // etcd 3.4 runs there only when it is told that this is meant.
  const unusual = process.arch === 'arm64' ? { ETCD_UNSUPPORTED_ARCH: 'arm64' } : {};
  return { ...Object.fromEntries(others), ...unusual };
}

/** Throws `PortError` with the last that the program said, `E_PROGRAM_MISSING` when there is none. */
export async function etcdctl(
  args: readonly string[],
  credentials: Readonly<Record<string, string>> = {},
): Promise<void> {
  const env = { ...cleanEnvironment(), ...credentials, ETCDCTL_API: '3' };
  try {
    await run('etcdctl', args, { env, maxBuffer: OUTPUT_BYTES });
  } catch (error) {
    throw programFailed('etcdctl', error);
  }
}

export function programFailed(program: keyof typeof PACKAGES, error: unknown): DrError | PortError {
  const { code, stderr, message } = error as { code?: unknown; stderr?: string; message?: string };
  if (code === 'ENOENT')
    return new DrError('E_PROGRAM_MISSING', {
      message: `There is no \`${program}\` in PATH. Nothing was changed.`,
      hint: `Install it (Debian, Ubuntu: \`apt-get install ${PACKAGES[program]}\`; macOS: \`brew install etcd\`), and run the command again.`,
      context: { program },
    });
  const said = (stderr ?? '').trim().split('\n').at(-1) ?? '';
  return new PortError('unavailable', {
    subject: program,
    message: said === '' ? (message ?? 'it failed') : said,
    cause: error,
    isTransient: false,
  });
}
