/** How a command ends. A contract with scripts: see docs/errors.md. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  attention: 3,
  refused: 4,
  unreachable: 5,
  locked: 6,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Every error a user can see: permanent code, short title, exit code, and what to do when the place that throws has
 * nothing better to say. Codes are never renamed or deleted.
 */
export const ERROR_CATALOGUE = {
  E_USAGE: {
    title: 'The command was not understood',
    exit: EXIT.usage,
    hint: 'See `vlog-dr COMMAND --help`.',
  },
  E_CONFIG: {
    title: 'The configuration is not usable',
    exit: EXIT.usage,
    hint: 'Correct the file named above.',
  },
  E_NO_INPUT: {
    title: 'An answer is needed and nobody can be asked',
    exit: EXIT.usage,
    hint: 'Give the flag named above.',
  },
  E_UNKNOWN_LOG: {
    title: 'There is no such log',
    exit: EXIT.usage,
    hint: '`vlog-dr assess` lists the logs of the cluster.',
  },
  E_UNKNOWN_SERVER: {
    title: 'There is no such server',
    exit: EXIT.usage,
    hint: '`vlog-dr assess` lists the servers of the cluster.',
  },
  E_WRONG_CLUSTER: {
    title: 'That belongs to another cluster',
    exit: EXIT.refused,
    hint: 'Check `--config` and the addresses in it.',
  },
  E_DENIED: {
    title: 'Access was denied',
    exit: EXIT.usage,
    hint: 'Check the credentials; nothing was changed.',
  },
  E_BAD_PLAN: {
    title: 'The plan file cannot be used',
    exit: EXIT.usage,
    hint: 'Make a new plan with the command that made this one.',
  },
  E_BAD_PLAYBOOK: {
    title: 'The playbook cannot be used',
    exit: EXIT.usage,
    hint: 'Correct the file; `vlog-dr playbook lint FILE` lists what is wrong.',
  },
  E_PLAYBOOK_UNFIT: {
    title: 'The playbook is not for what is seen',
    exit: EXIT.refused,
    hint: '`vlog-dr guide` finds the one that is.',
  },
  E_STEP_FAILED: {
    title: 'A step of the playbook failed',
    exit: EXIT.refused,
    hint: 'Remove the cause and go on with `vlog-dr playbook resume ID`.',
  },
  E_STEP_UNVERIFIED: {
    title: 'A step is not shown to be done',
    exit: EXIT.refused,
    hint: 'Bring it about and go on with `vlog-dr playbook resume ID`.',
  },
  E_BAD_JOURNAL: {
    title: 'The journal of a run cannot be read',
    exit: EXIT.refused,
    hint: 'Run the command again without resuming: it plans from what is there now.',
  },
  E_BAD_SNAPSHOT: {
    title: 'A snapshot is damaged or forged',
    exit: EXIT.refused,
    hint: '`vlog-dr backups verify` shows which ones are sound.',
  },
  E_BAD_DATA: {
    title: 'Log data in the repository is damaged',
    exit: EXIT.refused,
    hint: '`vlog-dr backups verify --data` reads all of it and names what is damaged.',
  },
  E_SNAPSHOT_GAP: {
    title: 'An earlier version of the chain is not in the repository',
    exit: EXIT.refused,
    hint: 'Run `vlog-dr backup`: it adds the versions that the MetaStore still keeps, and marks the others.',
  },
  E_PLAN_OUT_OF_DATE: {
    title: 'What the plan rests on has changed',
    exit: EXIT.refused,
    hint: 'Make a new plan and review it.',
  },
  E_CONSENT_MISSING: {
    title: 'This needs an explicit consent',
    exit: EXIT.refused,
    hint: 'Give the flag named above, after reading the plan.',
  },
  E_UNSEALABLE: {
    title: 'The loglet cannot be sealed',
    exit: EXIT.refused,
    hint: 'Bring back one of the sets of servers named above.',
  },
  E_CONTRADICTION: {
    title: 'The evidence contradicts itself',
    exit: EXIT.refused,
    hint: 'Nothing may be applied. Both sides are shown above.',
  },
  E_FORK: {
    title: 'Two control planes wrote different chains',
    exit: EXIT.refused,
    hint: 'Nothing was changed. Decide which side is right before going on.',
  },
  E_STALE_REGISTER: {
    title: 'The MetaStore is older than the loglets',
    exit: EXIT.refused,
    hint: 'Run `vlog-dr rebuild-metastore --from-loglets`: the loglets know more.',
  },
  E_STALE_GENERATION: {
    title: 'A later recovery holds this cluster',
    exit: EXIT.refused,
    hint: 'Use the configuration and the MetaStore of that recovery.',
  },
  E_FENCED: {
    title: 'The repository was fenced by a recovery',
    exit: EXIT.refused,
    hint: 'Use the MetaStore of that recovery.',
  },
  E_REPOSITORY_UNSAFE: {
    title: 'The repository does not keep its promises',
    exit: EXIT.refused,
    hint: '`vlog-dr doctor` shows which one is broken.',
  },
  E_REGISTER_TAKEN: {
    title: 'The register holds another value',
    exit: EXIT.refused,
    hint: 'Make a new plan: it will say what the register holds.',
  },
  E_METASTORE_LOST: {
    title: 'The MetaStore has no chain of this log',
    exit: EXIT.refused,
    hint: 'Run `vlog-dr rebuild-metastore --from-loglets`. Do not create the log again.',
  },
  E_METASTORE_UNAVAILABLE: {
    title: 'The MetaStore does not answer',
    exit: EXIT.unreachable,
    hint: 'Appends go on without it. Reconfigurations do not.',
  },
  E_REPOSITORY_UNAVAILABLE: {
    title: 'The repository does not answer',
    exit: EXIT.unreachable,
    hint: 'Check its address and the network.',
  },
  E_UNREACHABLE: {
    title: 'Not enough servers answer',
    exit: EXIT.unreachable,
    hint: 'Start the servers named above, or plan without them.',
  },
  E_OUTCOME_UNKNOWN: {
    title: 'It is not known whether this was done',
    exit: EXIT.attention,
    hint: 'Read back before trying again.',
  },
  E_APPEND_FAILED: {
    title: 'The entries were not appended',
    exit: EXIT.unreachable,
    hint: '`vlog-dr assess` says what is wrong with the log.',
  },
  E_TRIMMED: {
    title: 'Those positions were trimmed',
    exit: EXIT.refused,
    hint: 'Read from the trim point on.',
  },
  E_POSITIONS_LOST: {
    title: 'Positions cannot be read from any server',
    exit: EXIT.refused,
    hint: '`vlog-dr verify` lists what is missing and which servers may have it.',
  },
  E_CORRUPT: {
    title: 'Stored bytes are damaged',
    exit: EXIT.refused,
    hint: '`vlog-dr repair` heals them from other copies.',
  },
  E_FROZEN: {
    title: 'Trim and collection are frozen',
    exit: EXIT.refused,
    hint: 'Run `vlog-dr verify --apply` first: a recovery is not verified yet.',
  },
  E_NO_ADMISSIBLE_NODESET: {
    title: 'No admissible nodeset can be made of the live servers',
    exit: EXIT.unreachable,
    hint: 'Start more servers.',
  },
  E_STORE_FOREIGN: {
    title: 'The store belongs to another server or cluster',
    exit: EXIT.refused,
    hint: 'Give this server its own data directory.',
  },
  E_NOT_ADMISSIBLE: {
    title: 'The store may not join the cluster',
    exit: EXIT.refused,
    hint: 'Remove the cause named above, and plan again.',
  },
  E_STILL_NEEDED: {
    title: 'The server is still needed',
    exit: EXIT.refused,
    hint: 'Do what is named above, copy what only it holds with `vlog-dr repair --apply`, and plan again; a server that is gone with every disk is retired with --destroyed.',
  },
  E_STORE_LOCKED: {
    title: 'Another process uses this store',
    exit: EXIT.locked,
    hint: 'Stop that process first.',
  },
  E_STORE_UNFORMATTED: {
    title: 'The store is not formatted',
    exit: EXIT.usage,
    hint: 'Start the server with `--format` once.',
  },
  E_LOCKED: { title: 'Another run holds the lock', exit: EXIT.locked, hint: '`vlog-dr runs list` shows it.' },
  E_DISK: {
    title: 'A file could not be written',
    exit: EXIT.unexpected,
    hint: 'Check free space and permissions.',
  },
  E_EXISTS: {
    title: 'That exists already',
    exit: EXIT.refused,
    hint: 'Choose another name; nothing was overwritten.',
  },
  E_VERIFY_FAILED: { title: 'The check found losses', exit: EXIT.refused, hint: 'The list is above.' },
  E_DRILL_FAILED: {
    title: 'The drill did not hold',
    exit: EXIT.refused,
    hint: 'Keep its directory with `--keep` and look at the steps.',
  },
  E_PROGRAM_MISSING: {
    title: 'A program that this needs is not installed',
    exit: EXIT.usage,
    hint: 'Install it and run the command again.',
  },
  E_NEEDS_TLS: {
    title: 'An address beyond this machine needs TLS and tokens',
    exit: EXIT.usage,
    hint: 'Give certificates and a token file, or listen on loopback.',
  },
  E_INTERRUPTED: {
    title: 'Interrupted',
    exit: EXIT.interrupted,
    hint: 'It is safe to run the command again.',
  },
  E_CHAIN_TOO_LARGE: {
    title: 'The chain does not fit into the MetaStore',
    exit: EXIT.refused,
    hint: 'Trim the log (`vlog-dr log trim`): segments below the trim point leave the chain, and it gets smaller.',
  },
  E_UNEXPECTED: {
    title: 'Something went wrong that should not',
    exit: EXIT.unexpected,
    hint: 'Run again with --verbose and report it.',
  },
} as const satisfies Record<string, { title: string; exit: ExitCode; hint: string }>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
