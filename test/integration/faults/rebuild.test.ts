import { COMMANDS } from './commands.ts';
import { faultsOf } from './table.ts';

faultsOf(COMMANDS.rebuild, { strikes: 4 });
