// Types for the test of package-lock.json.
export interface LockFile {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string;
        readonly dependencies?: Readonly<Record<string, string>>;
        readonly devDependencies?: Readonly<Record<string, string>>;
        readonly optionalDependencies?: Readonly<Record<string, string>>;
      }
    >
  >;
}

/** Optional packages that a package of the lock names and the lock lacks. */
export function missingOptionalPackages(
  lock: LockFile,
): readonly { readonly path: string; readonly name: string }[];
