import { COMMANDS } from './commands.ts';
import { faultsOf } from './table.ts';

faultsOf(COMMANDS.reconfigure, { strikes: 4 });
