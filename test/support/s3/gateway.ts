import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../../src/sandbox/ports.ts';
import { cephConf } from './conf.ts';
import { Daemon, runConfined } from './confined.ts';
import { logTails, sweep } from './leftovers.ts';
import { findGateway, type GatewayPackages, type Suite } from './packages.ts';

/** How to reach a gateway; plain data, so that it can travel between the test run and its workers. */
export interface Connection {
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** `bookworm` is RGW 16, whose conditional writes are not to be trusted; `forky` is RGW 20. */
  suite: Suite;
}

export interface Gateway {
  connection: Connection;
  /** Kills the server and forgets all it stored. */
  stop(): Promise<void>;
}

/**
 * Starts a Ceph gateway of the caller's own, empty, in about a second. Most tests share one through `startS3`; one
 * that stops its server, or wants the old gateway, asks here. Throws, with the end of the logs, if it does not come up.
 */
export async function launchGateway(suite?: Suite): Promise<Gateway> {
  const packages = findGateway(suite && [suite]);
  if (packages === undefined) throw new Error(`no S3 server is unpacked: run .ci/install-s3 ${suite ?? ''}`);
  if (packages.suite === 'bookworm' && suite === undefined) {
    console.warn(
      'S3 tests run on RGW 16, whose conditional writes and checksums are faulty: see .ci/install-s3',
    );
  }
  await sweep(join(packages.root, 's'));
  // A free port may be taken between finding and binding it: once more, with others.
  return launch(packages).catch(() => launch(packages));
}

async function launch(packages: GatewayPackages): Promise<Gateway> {
  const name = `${process.pid}-${randomBytes(4).toString('hex')}`;
  const dir = join(packages.root, 's', name);
  const daemons: Daemon[] = [];
  const stop = async () => {
    process.off('disconnect', stop);
    await Promise.all(daemons.map((daemon) => daemon.kill()));
    await rm(dir, { recursive: true, force: true });
  };
  // A test worker outlives a killed test run until its test ends; its server must not.
  process.once('disconnect', stop);
  try {
    return { connection: await bringUp(packages, { name, dir, daemons }), stop };
  } catch (cause) {
    const logs = await logTails(dir);
    await stop();
    throw new Error(
      `the S3 server did not start: ${cause instanceof Error ? cause.message : cause}\n${logs}`,
      { cause },
    );
  }
}

interface Run {
  name: string;
  /** Seen from the host; inside the root it is /s/<name>. */
  dir: string;
  daemons: Daemon[];
}

async function bringUp(packages: GatewayPackages, { name, dir, daemons }: Run): Promise<Connection> {
  const inner = `/s/${name}`;
  const [clusterId, osdId] = [randomUUID(), randomUUID()];
  const [monPort = 0, gatewayPort = 0] = await freePorts(2);
  for (const part of ['mon', 'osd', 'rgw']) await mkdir(join(dir, part), { recursive: true });
  await writeFile(join(dir, 'c.conf'), cephConf({ clusterId, dir: inner, monPort, gatewayPort }));

  const conf = ['-c', `${inner}/c.conf`];
  const exec = (program: string, ...args: string[]) => runConfined(packages, [program, ...conf, ...args]);
  const start = (program: string, ...args: string[]) =>
    daemons.push(new Daemon(packages, dir, [program, ...conf, '-f', ...args]));

  const map = `${inner}/monmap`;
  await exec('monmaptool', '--create', '--fsid', clusterId, '--addv', 'a', `[v2:127.0.0.1:${monPort}]`, map);
  await exec('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map);
  start('ceph-mon', '-i', 'a');
  await exec('ceph', '--connect-timeout', '20', 'osd', 'new', osdId);
  await exec('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', osdId);
  start('ceph-osd', '-i', '0');

  const [accessKeyId, secretAccessKey] = [randomBytes(10).toString('hex'), randomBytes(20).toString('hex')];
  const user = ['--uid=test', '--display-name=test', '--max-buckets=0'];
  const keys = [`--access-key=${accessKeyId}`, `--secret=${secretAccessKey}`];
  await exec('radosgw-admin', '-n', 'client.rgw', 'user', 'create', ...user, ...keys);
  start('radosgw', '-n', 'client.rgw');

  const endpoint = `http://127.0.0.1:${gatewayPort}`;
  await answers(endpoint, daemons);
  return { endpoint, region: 'us-east-1', accessKeyId, secretAccessKey, suite: packages.suite };
}

async function answers(endpoint: string, daemons: readonly Daemon[]): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (daemons.some((daemon) => daemon.hasExited)) throw new Error('one of its daemons exited');
    const answered = await fetch(endpoint).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await sleep(50);
  }
  throw new Error('it did not answer within 60 s');
}
