// The config of a kernel that runs without a server: nothing can load or change it.
import { livegoError } from '../errors.ts';
import type { ConfigAccess } from '../plugin/config-access.ts';
import type { ReportLog } from './reload/report-log.ts';

export function detachedConfig(reports: ReportLog): ConfigAccess {
  const reject = (): Promise<never> => Promise.reject(livegoError('LVG_SERVER_STATE', 'noServer', {}));
  return {
    get reports() {
      return reports.all;
    },
    file: '',
    shortForms: [],
    history: [],
    read: reject,
    edit: reject,
    current: () => undefined,
    check: reject,
    plan: reject,
    apply: reject,
    reload: reject,
  };
}
