import { assertNever } from '../../core/assertNever.ts';
import type { LogletKind, Segment } from '../../core/chain.ts';
import type { ServerId } from '../../core/ids.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import { ArchiveLoglet, type ArchiveSource } from './archive.ts';
import type { Loglet, Provision } from './loglet.ts';
import { NativeLoglet, provisionNative } from './native.ts';

type Servers = ReadonlyMap<ServerId, LogServer>;

/** The loglet that a segment of the chain stands for. `source`: for whoever reads entries. */
export function logletOf(segment: Segment, servers: Servers, source?: ArchiveSource): Loglet {
  switch (segment.kind) {
    case 'native':
      return new NativeLoglet(segment, servers);
    case 'archive': {
      const { archive } = segment;
      if (archive === undefined) throw new Error(`segment ${segment.index} names no archive`);
      return new ArchiveLoglet({ ...segment, archive }, servers, source);
    }
    default:
      return assertNever(segment.kind);
  }
}

/** How a loglet of this kind comes into being. */
export function provisionerOf(kind: LogletKind, servers: Servers): Provision {
  switch (kind) {
    case 'native':
      return provisionNative(servers);
    case 'archive':
      throw new Error('nothing is provisioned in a repository');
    default:
      return assertNever(kind);
  }
}
