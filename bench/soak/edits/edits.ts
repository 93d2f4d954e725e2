// Edits of every kind, one after the other, valid and invalid.
//
// This room makes edits and saves them. apply-edit.ts checks their effect on the server.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { invalidText, SIDE_FILE_EDITS, VALID_EDITS } from './edit-kinds.ts';
import { saveAs, WAYS, type Way } from './save-ways.ts';
import {
  buildConfig,
  buildText,
  initialSettings,
  type Fixtures,
  type Ports,
  type Settings,
} from './settings.ts';
import { SideFiles } from './side-files.ts';

export interface Edit {
  readonly label: string;
  readonly valid: boolean;
  /** Saves; resolves with the time at which the last byte was in place. */
  save(now: () => number): Promise<number>;
}

export class Edits {
  readonly file: string;
  readonly #files: SideFiles;
  readonly #fixtures: Fixtures;
  readonly #settings: Settings;
  #turn = 0;
  #invalidTurn = 0;
  /** The last saved text was an invalid one. */
  #spoilt = false;

  constructor(directory: string, ports: Ports, hasHls: boolean) {
    this.file = join(directory, 'livego.json5');
    this.#files = new SideFiles(directory);
    this.#fixtures = { ports, hasHls, certificate: this.#files.certificate };
    this.#settings = initialSettings(ports);
    writeFileSync(this.file, this.#text());
  }

  get rtmpPort(): number {
    return this.#settings.rtmpPort;
  }

  /** It never changes. */
  get hlsPort(): number {
    return this.#fixtures.ports.hls;
  }

  get httpPort(): number {
    return this.#settings.httpPort;
  }

  /** Restores the first config, so that two measurements are of the same one. */
  reset(): Edit {
    this.#spoilt = false;
    Object.assign(this.#settings, initialSettings(this.#fixtures.ports), { comment: ++this.#turn });
    return this.#edit('reset', this.#text(), true, 'in place');
  }

  nextValid(): Edit {
    const spoilt = this.#spoilt;
    this.#spoilt = false;
    const turn = this.#turn++;
    const kinds = Object.entries(VALID_EDITS);
    const [label, change] = kinds[turn % kinds.length]!;
    const context = { settings: this.#settings, ports: this.#fixtures.ports, files: this.#files };
    const apply = (): void => change(context, turn);
    // While the config is invalid, a change of such a file has no effect. Then the config is saved as well.
    if (!spoilt && label in SIDE_FILE_EDITS)
      return { label, valid: true, save: async (now) => (apply(), now()) };
    apply();
    // Some turns find the settings as they want them. A save without a change would be no edit.
    this.#settings.comment = turn;
    return this.#edit(label, this.#text(), true, WAYS[turn % WAYS.length]!);
  }

  nextInvalid(): Edit {
    this.#spoilt = true;
    const turn = this.#invalidTurn++;
    const config = buildConfig(this.#settings, this.#fixtures);
    const { label, text } = invalidText(turn, this.#text(), config, this.#fixtures.ports);
    return this.#edit(label, text, false, WAYS[turn % WAYS.length]!);
  }

  #text(): string {
    return buildText(this.#settings, this.#fixtures);
  }

  #edit(label: string, text: string, valid: boolean, way: Way): Edit {
    const save = async (now: () => number): Promise<number> => {
      await saveAs(this.file, text, way);
      return now();
    };
    return { label: `${label}, ${way}`, valid, save };
  }
}
