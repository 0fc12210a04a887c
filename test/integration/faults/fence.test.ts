import { COMMANDS } from './commands.ts';
import { faultsOf } from './table.ts';

faultsOf(COMMANDS.fence, { strikes: 4 });
