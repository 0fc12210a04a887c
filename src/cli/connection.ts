import type { Config } from '../config/config.ts';
import type { ServerId } from '../core/ids.ts';
import type { Clock } from '../ports/Clock.ts';
import type { LogServer } from '../ports/LogServer.ts';
import type { MetaStore } from '../ports/MetaStore.ts';
import type { Prompter } from '../ports/Prompter.ts';
import type { Random } from '../ports/Random.ts';
import type { Reporter } from '../ports/Reporter.ts';
import type { Repository } from '../ports/Repository.ts';

/** A configured cluster, with a driver for each of its parts. Nothing has been asked of it yet. */
export interface Connection {
  readonly config: Config;
  readonly logServers: ReadonlyMap<ServerId, LogServer>;
  readonly metaStore: MetaStore;
  readonly repository?: Repository;
  readonly clock: Clock;
  readonly random: Random;
  readonly reporter: Reporter;
  readonly prompter: Prompter;
}
