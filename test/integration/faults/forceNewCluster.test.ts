import { COMMANDS } from './commands.ts';
import { faultsOf } from './table.ts';

faultsOf(COMMANDS.forceNewCluster, { strikes: 4 });
