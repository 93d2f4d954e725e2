// Names as the least particular file systems see them.

/** Windows keeps these for devices, with any extension. */
const DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[\d\u00b9\u00b2\u00b3]|lpt[\d\u00b9\u00b2\u00b3])(?:\.|$)/i;

/** Whether a file or folder of that name is a device on Windows. */
export function isDeviceName(name: string): boolean {
  return DEVICE.test(name);
}

/** The same for two paths that some file system takes for one: in letter case, and in the form of their characters. */
export function foldName(path: string): string {
  return path.normalize('NFKC').toUpperCase();
}

interface ClaimedFolder {
  readonly path: string;
  holders: number;
  /** No other process has it. */
  confirmed: boolean;
}

/** Folders that a process writes to. Two that some file system takes for one have one owner. */
export class ClaimedFolders {
  readonly #paths = new Map<string, ClaimedFolder>();

  /** Whether the folder may be used. It then has to be released, as often as it was claimed. */
  claim(path: string): boolean {
    const key = foldName(path);
    const present = this.#paths.get(key) ?? { path, holders: 0, confirmed: false };
    if (present.path !== path) return false;
    present.holders++;
    this.#paths.set(key, present);
    return true;
  }

  /** The folder was claimed here, and no other process has one that some file system takes for it. */
  confirm(path: string): void {
    const present = this.#paths.get(foldName(path));
    if (present?.path === path) present.confirmed = true;
  }

  /** Whether one is confirmed that some file system takes for this, and that is another one. */
  excludes(path: string): boolean {
    const present = this.#paths.get(foldName(path));
    return present !== undefined && present.confirmed && present.path !== path;
  }

  release(path: string): void {
    const key = foldName(path);
    const present = this.#paths.get(key);
    if (present && --present.holders <= 0) this.#paths.delete(key);
  }
}
