// Types for the tests, which find their browser and ffmpeg the way the set-up does.

/** The full path of a program on the PATH, or undefined. */
export function findProgram(name: string): string | undefined;

/** The full path of the Chromium (or Chrome) that tests drive, or undefined. `CHROMIUM` in the environment comes first. */
export function findChromium(): string | undefined;
