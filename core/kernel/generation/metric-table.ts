// The metrics that the plugins of a generation have declared, and their values when they are collected.
import { livegoError } from '../../errors.ts';
import type { HistogramValue, Labels, MetricSample, MetricSpec, MetricWriter } from '../../plugin/metrics.ts';
import { seriesOf } from '../metric-series.ts';
import type { Scope } from '../instance/scope.ts';

const NAME = /^[a-z][a-z0-9_]*$/;

export class MetricTable {
  /** Declarations by name. Instances of one plugin declare the same metric. */
  readonly #specs = new Map<string, MetricSpec>();

  /** Throws LVG_PLUGIN_FAILED for a name without the plugin's prefix, and for one that is declared in different ways. */
  constructor(scopes: readonly Scope[]) {
    for (const scope of scopes) for (const spec of scope.declared.metrics) this.#add(scope, spec);
  }

  find(name: string): MetricSpec | undefined {
    return this.#specs.get(name);
  }

  #add(scope: Scope, spec: MetricSpec): void {
    const { name, type } = spec;
    const prefix = `${scope.definition.name.toLowerCase().replaceAll('-', '_')}_`;
    const values = { plugin: scope.label, metric: name, prefix };
    if (!NAME.test(name) || !name.startsWith(prefix))
      throw livegoError('LVG_PLUGIN_FAILED', 'metricName', values);
    if ((type === 'counter') !== name.endsWith('_total'))
      throw livegoError('LVG_PLUGIN_FAILED', 'metricSuffix', values);
    const present = this.#specs.get(name);
    if (present && !isSame(present, spec)) throw livegoError('LVG_PLUGIN_FAILED', 'metricTwice', values);
    this.#specs.set(name, present ?? spec);
  }
}

/** Collects what is written. Throws for what was not declared so, is no number, or was written before. */
export class MetricCollection implements MetricWriter {
  readonly samples: MetricSample[] = [];
  readonly #series = new Set<string>();
  readonly #find: ((name: string) => MetricSpec | undefined) | undefined;

  /** @param find - the declared metric of a name. Default: every metric counts as declared. */
  constructor(find?: (name: string) => MetricSpec | undefined) {
    this.#find = find;
  }

  counter(metric: MetricSpec<'counter'>, value: number, labels: Labels = {}): void {
    this.#add({ metric, value, labels });
  }

  gauge(metric: MetricSpec<'gauge'>, value: number, labels: Labels = {}): void {
    this.#add({ metric, value, labels });
  }

  histogram(metric: MetricSpec<'histogram'>, value: HistogramValue, labels: Labels = {}): void {
    this.#add({ metric, value, labels });
  }

  #add(sample: MetricSample): void {
    const { metric, value } = sample;
    const { name, labels = [] } = metric;
    const declared = this.#find ? this.#find(name) : metric;
    const fail = (what: string): never => {
      throw new TypeError(`the metric "${name}" ${what}`);
    };
    if (!declared) return fail('is not declared');
    if (declared !== metric && !isSame(declared, metric)) fail('was declared with other facts');
    const given = Object.keys(sample.labels);
    if (given.length !== labels.length || !labels.every((label) => given.includes(label)))
      fail(`has the labels ${list(labels)}; it was written with ${list(given)}`);
    for (const label of labels)
      if (typeof sample.labels[label] !== 'string') fail(`has a label "${label}" that is no string`);
    const fault = metric.type === 'histogram' ? histogramFault(value) : numberFault(value);
    if (fault !== undefined) fail(`has ${fault}`);
    const series = seriesOf(sample);
    if (this.#series.has(series)) fail(`was written twice with the labels ${JSON.stringify(sample.labels)}`);
    this.#series.add(series);
    this.samples.push(copyOf(sample));
  }
}

function numberFault(value: unknown): string | undefined {
  return Number.isFinite(value) ? undefined : `the value ${String(value)}`;
}

function histogramFault(value: Partial<HistogramValue> | number): string | undefined {
  if (typeof value !== 'object') return numberFault(value) ?? 'a number as its value; give a Histogram';
  const { bounds, counts, sum } = value;
  if (!Array.isArray(bounds) || !Array.isArray(counts) || counts.length !== bounds.length + 1)
    return 'a histogram without one count more than bounds';
  return [...bounds, ...counts, sum].map(numberFault).find((fault) => fault !== undefined);
}

function list(labels: readonly string[]): string {
  return labels.join(', ') || 'none';
}

function isSame(one: MetricSpec, other: MetricSpec): boolean {
  return (
    one.type === other.type &&
    one.help === other.help &&
    one.unit === other.unit &&
    (one.labels ?? []).join() === (other.labels ?? []).join()
  );
}

/** The plugin's histogram goes on counting, and samples are sent to other workers as plain data. */
function copyOf(sample: MetricSample): MetricSample {
  if (typeof sample.value === 'number') return sample;
  const { bounds, counts, sum } = sample.value;
  return { ...sample, value: { bounds, counts: [...counts], sum } } as MetricSample;
}
