import { crc32c } from '../codec/checksum.ts';
import { toJson } from '../codec/common.ts';
import { type JournalRecord, journalRecordSchema, type RunHead, type StepReport } from '../codec/journal.ts';
import { decodeJson } from '../codec/metastore.ts';
import { DrError } from '../core/errors.ts';
import type { RunSummary } from './runStore.ts';

/** `,"crc":"0123abcd"}`: closes a line; the CRC-32C of the record's text without it. */
const CLOSING = /^(.*),"crc":"([0-9a-f]{8})"\}$/s;

export function encodeRecord(record: JournalRecord): string {
  const text = toJson(record);
  return `${text.slice(0, -1)},"crc":"${checksumOf(text)}"}\n`;
}

function checksumOf(text: string): string {
  return crc32c(Buffer.from(text)).toString(16).padStart(8, '0');
}

/**
 * The records of a journal. Its last line may be cut off: the process died while it wrote it, so what it announces
 * was either not begun or is done again. A damaged line in the middle means that the file was changed: refused.
 */
export function decodeJournal(
  text: string,
  runId: string,
): { head: RunHead; records: JournalRecord[]; soundBytes: number } {
  const lines = text.split('\n');
  const tail = lines.pop() ?? '';
  const records: JournalRecord[] = [];
  let soundBytes = 0;
  for (const [index, line] of lines.entries()) {
    const record = decodeLine(line);
    // A last line with its newline but damaged inside can come from a power cut: blocks are not written in order.
    if (record === undefined && index === lines.length - 1 && tail === '') break;
    if (record === undefined) throw badJournal(runId, `line ${index + 1} is damaged`);
    records.push(record);
    soundBytes += Buffer.byteLength(line) + 1;
  }
  const head = records[0];
  if (head === undefined || head.type !== 'run')
    throw badJournal(runId, 'its first line does not say which run it is');
  if (head.runId !== runId) throw badJournal(runId, `it belongs to run ${head.runId}`);
  return { head, records, soundBytes };
}

function decodeLine(line: string): JournalRecord | undefined {
  const [, opening = '', crc] = CLOSING.exec(line) ?? [];
  const text = `${opening}}`;
  // A result is acted on: one flipped digit of a position must not come back as another position.
  if (checksumOf(text) !== crc) return undefined;
  const decoded = decodeJson(journalRecordSchema, text);
  return decoded.ok ? decoded.value : undefined;
}

function badJournal(runId: string, what: string): DrError {
  return new DrError('E_BAD_JOURNAL', {
    message: `The journal of run ${runId} cannot be trusted: ${what}. What that run applied to the cluster stays applied; nothing was done now.`,
    context: { runId },
  });
}

/** What became of a run; `isAlive` says whether the process that holds its lock still lives. */
export function summarize(records: readonly JournalRecord[], head: RunHead, isAlive: boolean): RunSummary {
  const begun = new Set<string>();
  const done = new Set<string>();
  let end: RunSummary['state'] | undefined;
  for (const record of records) {
    if (record.type === 'begin') begun.add(record.step);
    if (record.type === 'done') done.add(record.step);
    if (record.type === 'end') end = record.outcome;
    if (record.type === 'resumed') end = undefined;
  }
  return {
    runId: head.runId,
    command: head.command,
    startedAt: head.at,
    state: end ?? (isAlive ? 'running' : 'killed'),
    stepsDone: done.size,
    stepsBegun: begun.size,
  };
}

/** The steps of a journal in the order in which they were first begun, with what last became of each. */
export function stepsOf(records: readonly JournalRecord[]): StepReport[] {
  const steps = new Map<string, StepReport>();
  for (const record of records) {
    if (record.type === 'begin') {
      steps.set(record.step, { step: record.step, outcome: 'unfinished', startedAt: record.at });
    } else if (record.type === 'done' || record.type === 'failed') {
      const startedAt = steps.get(record.step)?.startedAt ?? record.at;
      const message = record.type === 'failed' ? { message: record.message } : {};
      steps.set(record.step, {
        step: record.step,
        outcome: record.type,
        startedAt,
        finishedAt: record.at,
        ...message,
      });
    }
  }
  return [...steps.values()];
}
