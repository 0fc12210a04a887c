import { DrError } from '../core/errors.ts';
import { type AckedEntry, ackedEntrySchema } from './sandbox.ts';

/**
 * The lines of an `acked.jsonl`, by log. A cut last line is left out: the load was killed while it wrote it, and
 * what it announces was acknowledged to nobody. Any other damaged line is an error: the check would be worth nothing.
 */
export function parseAcked(text: string, file: string): Map<string, AckedEntry[]> {
  const byLog = new Map<string, AckedEntry[]>();
  const lines = text.split('\n');
  const isCut = lines.pop() !== '';
  for (const [index, line] of lines.entries()) {
    const parsed = ackedEntrySchema.safeParse(jsonOf(line));
    if (!parsed.success) throw badLine(file, index + 1);
    const log = parsed.data.log ?? '1';
    const entries = byLog.get(log) ?? [];
    entries.push(parsed.data);
    byLog.set(log, entries);
  }
  if (isCut && byLog.size === 0 && lines.length === 0) throw badLine(file, 1);
  return byLog;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function badLine(file: string, line: number): DrError {
  return new DrError('E_USAGE', {
    message: `Line ${line} of ${file} is not {"position", "sha256"}. Nothing was checked.`,
    hint: 'Give the file that `vlog-dr sandbox load` wrote.',
    context: { file, line },
  });
}
