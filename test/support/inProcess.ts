import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { RESULT_SCHEMAS, versionedSchema } from '../../src/codec/results/registry.ts';
import { main } from '../../src/main.ts';

export interface InProcessOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
}

/** Runs `main` in this process, from the sources: quicker than a process, and the same but for signals. */
export async function runMain(
  args: readonly string[],
  options: InProcessOptions = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(options.stdin ?? '');
  const printed = Promise.all([text(stdout), text(stderr)]);
  const code = await main(args, {
    ...{ stdin, stdout, stderr },
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    signal: options.signal ?? new AbortController().signal,
  });
  stdout.end();
  stderr.end();
  const [out, err] = await printed;
  return { code, stdout: out, stderr: err };
}

/** The document on stdout, held against the schema that `vlog-dr schema NAME` prints. */
export function validated<T = Record<string, unknown>>(name: string, stdout: string): T {
  const schema = RESULT_SCHEMAS[name];
  if (schema === undefined) throw new Error(`there is no schema ${name}`);
  const value: unknown = JSON.parse(stdout);
  versionedSchema.parse(value);
  schema.parse(value);
  return value as T;
}
