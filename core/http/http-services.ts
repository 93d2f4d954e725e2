// The parts of a kernel that its HTTP servers share.
import type { Ticker } from '../time/ticker.ts';
import type { ControlRates } from './access/control-rates.ts';
import type { OpenFiles } from './files/open-files.ts';
import type { WaitingRequests } from './waiting-requests.ts';

export interface HttpServices {
  readonly ticker: Ticker;
  readonly files: OpenFiles;
  readonly waiting: WaitingRequests;
  readonly rates: ControlRates;
}
