import { assertNever } from '../../core/assertNever.ts';
import type { LogletKind, Segment } from '../../core/chain.ts';
import type { ServerId } from '../../core/ids.ts';
import type { LogServer } from '../../ports/LogServer.ts';
import type { Loglet, Provision } from './loglet.ts';
import { NativeLoglet, provisionNative } from './native.ts';

type Servers = ReadonlyMap<ServerId, LogServer>;

/** The loglet that a segment of the chain stands for. */
export function logletOf(segment: Segment, servers: Servers): Loglet {
  switch (segment.kind) {
    case 'native':
      return new NativeLoglet(segment, servers);
    default:
      return assertNever(segment.kind);
  }
}

/** How a loglet of this kind comes into being. */
export function provisionerOf(kind: LogletKind, servers: Servers): Provision {
  switch (kind) {
    case 'native':
      return provisionNative(servers);
    default:
      return assertNever(kind);
  }
}
