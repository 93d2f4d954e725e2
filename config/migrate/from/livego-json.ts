// The JSON of the first livego. Its keys are ours, in any letter case.
import { CLASSIC_KEYS } from '../../classic/classic-keys.ts';
import { Draft, DraftSection } from '../draft.ts';
import { SourceMap, textOf, toJson, type SourceEntry } from '../read/source-tree.ts';
import { applyRules, drop, itemsOf, type Place, type Rules } from './rules.ts';

const UNKNOWN = 'the classic config has no such key';

/** Keys of the root that plugins understand, beside those in `CLASSIC_KEYS`. */
const ROOT_KEYS = ['gop_num', 'level', 'read_timeout', 'write_timeout', 'rooms'];
const ENTRY_KEYS = ['exec_push', 'exec_push_done', 'static_push', 'sub_static_push', 'static_pull'];

export function fromLivegoJson(source: SourceMap): Draft {
  const draft = new Draft();
  const place = { draft, section: draft.root };
  applyRules(source, { ...rulesOf(rootKeys()), ...ROOT }, place, UNKNOWN);
  return draft;
}

function rootKeys(): string[] {
  return [...CLASSIC_KEYS.filter(({ level }) => level !== 'entry').map(({ key }) => key), ...ROOT_KEYS];
}

const ROOT: Rules = {
  notifyurl(entry, { draft, section }) {
    section.set('notifyurl', toJson(entry.value), entry.comments);
    if (entry.value !== '' && entry.value !== null)
      draft.note(entry.line, 'notifyurl', 'the old program never used it; here each event is sent there');
  },
  servers(entry, place) {
    for (const { line, value } of itemsOf(entry)) {
      if (value instanceof SourceMap) addServer(value, place);
      else place.draft.note(line, 'servers', 'an entry has to be in braces, with servername');
    }
  },
};

const ENTRY: Rules = {
  servername: () => {},
  ...rulesOf(ENTRY_KEYS),
  report: drop('reports are web hooks here: notify: { url, updateSeconds }; see docs/plugins/notify.md'),
  record(entry, place) {
    const [first, ...more] = itemsOf(entry).map(({ value }) => value);
    const path = first instanceof SourceMap ? first.find('path')?.value : undefined;
    if (first instanceof SourceMap)
      place.section.set('record.directory', textOf(path) || 'tmp', entry.comments);
    else place.section.set('record', toJson(entry.value), entry.comments);
    if (first instanceof SourceMap && first.find('master_prefix'))
      place.draft.note(
        entry.line,
        'record: master_prefix',
        'streams are chosen by name: record: { only: ["movie*"] }',
      );
    if (more.length > 0)
      place.draft.note(entry.line, 'record', 'one directory per application; the first is taken');
  },
};

function addServer(source: SourceMap, { draft }: Place): void {
  const name = source.find('servername');
  const section = draft.server(textOf(name?.value) || 'live', name?.comments);
  applyRules(source, ENTRY, { draft, section }, UNKNOWN);
}

/** Each key is copied, in the spelling that the documents have. */
function rulesOf(keys: readonly string[]): Rules {
  return Object.fromEntries(
    keys.map((key) => [
      key.toLowerCase(),
      (entry: SourceEntry, { section }: Place) => copy(entry, key, section),
    ]),
  );
}

/** Options in braces keep their comments too. */
function copy({ value, comments }: SourceEntry, key: string, section: DraftSection): void {
  const inner = value instanceof SourceMap ? value.entries : [];
  if (inner.length === 0) return section.set(key, toJson(value), comments);
  section.set(key, new DraftSection(), comments);
  for (const entry of inner) section.set(`${key}.${entry.key}`, toJson(entry.value), entry.comments);
}
