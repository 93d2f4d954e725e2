// `livego/files`: directories, atomic files, ordered writes.
export { requireDirectory, writeWhole, type Disk } from '../core/files/disk.ts';
export { readRegularFile, type FileLimits } from '../core/regular-file.ts';
export { FolderQueues } from '../core/files/folder-queues.ts';
