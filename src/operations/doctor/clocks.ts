import type { DoctorCheck } from '../../codec/results/doctor.ts';

/** What a server's clock says, against ours. */
export interface ClockReading {
  /** `LogServer s1`, `etcd at …`. */
  readonly of: string;
  readonly aheadMs: number;
}

/** Clocks decide nothing here, but people compare logs and snapshots by them, and S3 and certificates are strict. */
const SKEW_MS = 5_000;
/** S3 takes no request that is further off. */
const REFUSED_MS = 15 * 60_000;

/** Where all others agree against this machine's clock, it is that one which is wrong. */
export function clockChecks(readings: readonly ClockReading[]): DoctorCheck[] {
  const skewed = readings.filter(({ aheadMs }) => Math.abs(aheadMs) > SKEW_MS);
  if (readings.length === 0) return [];
  if (skewed.length === 0) {
    const detail = `${readings.length} clocks agree with this machine's`;
    return [{ check: 'Clocks', state: 'ok', detail }];
  }
  const all = readings.map(({ aheadMs }) => aheadMs).sort((a, b) => a - b);
  const middle = all[Math.floor(all.length / 2)] ?? 0;
  const isOurs = all.length > 1 && all.every((one) => Math.abs(one - middle) <= SKEW_MS);
  if (isOurs)
    return [{ check: 'Clock of this machine', state: 'warning', detail: oursText(all.length, -middle) }];
  return skewed.map(({ of, aheadMs }) => ({
    check: `Clock of ${of}`,
    state: 'warning',
    detail: `${apart(aheadMs)} this machine's`,
  }));
}

function oursText(count: number, aheadMs: number): string {
  const strict =
    Math.abs(aheadMs) > REFUSED_MS
      ? ' S3 may refuse requests, and certificates seem expired or not yet valid.'
      : '';
  return `it is ${apart(aheadMs)} all ${count} others: set it.${strict}`;
}

function apart(aheadMs: number): string {
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return `${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
}
