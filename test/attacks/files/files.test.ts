// Attacks by files: configs, and what the server writes and reads.
import { attacksOf } from '../kit/driver.ts';
import { CONFIGS } from './configs.ts';
import { DISKS } from './disks.ts';
import { FOLDERS } from './places.ts';

attacksOf({ name: 'files', attacks: [...CONFIGS, ...DISKS, ...FOLDERS] });
