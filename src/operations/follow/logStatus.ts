import type { SnapshotDocument } from '../../codec/snapshot.ts';
import type { LogId } from '../../core/ids.ts';

/** What the follower knows of one log. */
export interface LogStatus {
  readonly logId: LogId;
  /** The newest snapshot that is known to be in the repository. One of each log is held, whatever is written. */
  held: SnapshotDocument | undefined;
  /** Of the register, when it was last read. */
  registerVersion: number | undefined;
  behind: number;
  /** Since when it is behind, in milliseconds since 1970. */
  behindSince: number | undefined;
  /** Written by this follower, lower versions included. */
  snapshots: number;
  bytes: number;
  gaps: number;
  reconstructed: number;
  failures: number;
  /** Losses until its last loglet is unsealable; `null`: no loss can make it so; absent: not assessed. */
  margin?: number | null;
  /** What a rebuild would find if the MetaStore were lost now. */
  verdict?: 'proven' | 'unproven' | 'contradiction';
}

export function newLogStatus(logId: LogId): LogStatus {
  return {
    logId,
    held: undefined,
    registerVersion: undefined,
    behind: 0,
    behindSince: undefined,
    snapshots: 0,
    bytes: 0,
    gaps: 0,
    reconstructed: 0,
    failures: 0,
  };
}
