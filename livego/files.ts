// `livego/files`: directories, atomic files, ordered writes, files that grow, names of files.
export { Blocks, BLOCK_BYTES } from '../core/files/blocks.ts';
export { replaceFile, requireDirectory, writeWhole, type Disk } from '../core/files/disk.ts';
export {
  ClaimedFiles,
  DRAFT_EXTENSION,
  openDraft,
  publishDraft,
  type DraftFile,
} from '../core/files/file-names.ts';
export { isMissing, listFiles, removeFile, type FoundFile } from '../core/files/file-tree.ts';
export { readRegularFile, type FileLimits } from '../core/files/regular-file.ts';
export { ClaimedFolders, foldName, isDeviceName } from '../core/files/folded-names.ts';
export { FolderQueues } from '../core/files/folder-queues.ts';
export { Md5Thread } from '../core/files/md5-thread.ts';
export { GrowingFile, type GrowingFileOptions, type GrowingHandle } from '../core/files/growing-file.ts';
export { isSameFile, openInside, type FileIdentity, type OpenedFile } from '../core/files/open-inside.ts';
export { fileTime, PathTemplate, type PlaceholderValues } from '../core/files/path-template.ts';
export { readerOf } from '../core/files/read-at.ts';
export { Turns } from '../core/files/turns.ts';
