// All operations of /api/v1, in the order of the OpenAPI document.
import type { Operation } from '../http/operation.ts';
import { clientOperations } from './clients.ts';
import { configOperations } from './config.ts';
import { eventOperations } from './events.ts';
import { historyOperations } from './history.ts';
import { keyOperations } from './keys.ts';
import { relayOperations } from './relays.ts';
import { serverOperations } from './server.ts';
import { streamOperations } from './streams.ts';

export const OPERATIONS: readonly Operation[] = [
  ...serverOperations,
  ...streamOperations,
  ...clientOperations,
  ...relayOperations,
  ...keyOperations,
  ...configOperations,
  ...historyOperations,
  ...eventOperations,
];
