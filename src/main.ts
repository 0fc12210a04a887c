import { createRequire } from 'node:module';
import type { Readable, Writable } from 'node:stream';
import { type Invocation, parseCommandLine, runInvocation } from './cli/program.ts';
import { ERROR_CATALOGUE, EXIT, type ExitCode } from './core/errorCatalogue.ts';

/** What a command line runs in: given, so that a test can run `main` without a process. */
export interface ProcessIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Aborted when the user wants to stop. */
  readonly signal: AbortSignal;
}

/** One command line from start to end; every error ends here. Loads nothing that the command does not use. */
export async function main(argv: readonly string[], io: ProcessIo): Promise<ExitCode> {
  try {
    const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
    const { printed, invocation } = parseCommandLine(argv, {
      version,
      columns: io.stdout.columns ?? 100,
    });
    if (printed !== '') io.stdout.write(printed);
    return invocation === undefined ? EXIT.done : await run(invocation, version, io);
  } catch (error) {
    return await tell(error, argv, io);
  }
}

async function run(invocation: Invocation, version: string, io: ProcessIo): Promise<ExitCode> {
  const { createApp } = await import('./main/app.ts');
  const { app, cleanUp } = await createApp(invocation.values, version, io);
  try {
    const command = runInvocation(app, invocation);
    return await (invocation.spec.endsItself ? command : Promise.race([command, interrupted(io.signal)]));
  } finally {
    await cleanUp();
  }
}

function interrupted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function tell(error: unknown, argv: readonly string[], io: ProcessIo): Promise<ExitCode> {
  const [{ toDrError }, { failureDocument, failureText }, { terminalOf }] = await Promise.all([
    import('./main/failure.ts'),
    import('./ui/failure.ts'),
    import('./main/terminal.ts'),
  ]);
  const failure = toDrError(error);
  // Asked of argv itself: the command line may be what was not understood.
  if (argv.includes('--json')) {
    const { document } = await import('./main/output.ts');
    // Whoever follows reads one document per line.
    const follows = argv.includes('--follow') || argv.includes('--watch');
    io.stdout.write(document(failureDocument(failure), follows ? undefined : 2));
  } else {
    io.stderr.write(failureText(failure, terminalOf(io.stderr, io.env), argv.includes('--verbose')));
  }
  return ERROR_CATALOGUE[failure.code].exit;
}

/** The entry of `bin/vlog-dr.js`: signals in, exit code out. */
export async function runAsProcess(argv: readonly string[]): Promise<void> {
  const interrupt = new AbortController();
  const onSignal = () => {
    // A second one means: now.
    if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
    interrupt.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  // The reader of a pipe may leave: `vlog-dr log read 1 | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.unexpected);
  });
  const { stdin, stdout, stderr, env } = process;
  const io: ProcessIo = { stdin, stdout, stderr, env, cwd: process.cwd(), signal: interrupt.signal };
  const exitCode = await main(argv, io);
  process.exitCode = exitCode;
  await new Promise<void>((flushed) => process.stdout.write('', () => flushed()));
  // An interrupted command may have left requests under way that would keep the process alive.
  if (exitCode !== EXIT.done) process.exit(exitCode);
}
