import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The Debian suites whose gateway .ci/install-s3 can unpack, the trustworthy one first. */
const suites = ['forky', 'bookworm'] as const;
export type Suite = (typeof suites)[number];

export interface GatewayPackages {
  /** A folder that holds a whole Debian userland with the gateway's programs. */
  root: string;
  suite: Suite;
}

/** Undefined where nothing is unpacked, and for a user who may not chroot into it. */
export function findGateway(wanted: readonly Suite[] = suites): GatewayPackages | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  return wanted
    .map((suite) => ({ suite, root: join(cache, 'vlog-dr-ci', 'rgw', suite) }))
    .find(({ root }) => existsSync(join(root, 'usr/bin/radosgw')));
}
