import Table from 'cli-table3';
import type { Line, Outcome } from './benchmark.ts';
import type { Measured } from './measure.ts';

/** The one table at the end. */
export function tableOf(outcomes: ReadonlyMap<string, Outcome>): string {
  const table = new Table({
    head: ['benchmark', 'what', 'vlog-dr', 'peer', 'ratio', 'goal', ''],
    style: { head: [], border: [], compact: true },
  });
  for (const [name, { lines }] of outcomes) for (const line of lines) table.push(row(name, line));
  const rest = [...outcomes].flatMap(([name, { missing = [], notes = [] }]) => [
    ...missing.map((one) => `${name}: NOT COMPARED: ${one}`),
    ...notes.map((one) => `${name}: ${one}`),
  ]);
  return [table.toString(), ...rest].join('\n');
}

function row(name: string, { what, ours, peer, ratio, goal }: Line): string[] {
  return [
    name,
    what,
    short(ours),
    peer === undefined ? '' : `${peer.name}: ${short(peer.measured)}`,
    ratio === undefined ? '' : ratio.toFixed(2),
    goal?.says ?? '',
    goal === undefined ? '' : goal.met ? 'met' : 'NOT MET',
  ];
}

/** `12.3 ms (11.0–15.1)` */
function short({ median, min, max, unit }: Measured): string {
  const range = min === max ? '' : ` (${number(min)}–${number(max)})`;
  return `${number(median)} ${unit}${range}`;
}

function number(value: number): string {
  const digits = Math.abs(value) >= 1_000 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}
