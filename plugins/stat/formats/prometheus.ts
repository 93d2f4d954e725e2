// Metrics as Prometheus reads them (text exposition format 0.0.4).
//
// https://prometheus.io/docs/instrumenting/exposition_formats/
import type { Labels, MetricSample } from 'livego';

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const PREFIX = 'livego_';

/** The text in parts. */
export function* formatPrometheus(samples: readonly MetricSample[]): Generator<string> {
  const byName = new Map<string, MetricSample[]>();
  for (const sample of samples) {
    const present = byName.get(sample.metric.name);
    if (present) present.push(sample);
    else byName.set(sample.metric.name, [sample]);
  }
  for (const [name, ofName] of byName) {
    const { help, type } = ofName[0]!.metric;
    yield `# HELP ${PREFIX}${name} ${escape(help)}\n# TYPE ${PREFIX}${name} ${type}\n`;
    for (const sample of ofName) yield formatSample(`${PREFIX}${name}`, sample);
  }
}

function formatSample(name: string, { value, labels }: MetricSample): string {
  if (typeof value === 'number') return `${name}${formatLabels(labels)} ${value}\n`;
  let text = '';
  let count = 0;
  for (const [index, bound] of value.bounds.entries()) {
    count += value.counts[index] ?? 0;
    text += `${name}_bucket${formatLabels({ ...labels, le: String(bound) })} ${count}\n`;
  }
  count += value.counts[value.bounds.length] ?? 0;
  text += `${name}_bucket${formatLabels({ ...labels, le: '+Inf' })} ${count}\n`;
  return `${text}${name}_sum${formatLabels(labels)} ${value.sum}\n${name}_count${formatLabels(labels)} ${count}\n`;
}

function formatLabels(labels: Labels): string {
  let text = '';
  for (const [label, value] of Object.entries(labels)) {
    const shown = MUST_BE_ESCAPED.test(value) ? escape(value).replaceAll('"', '\\"') : value;
    text += `${text === '' ? '{' : ','}${label}="${shown}"`;
  }
  return text === '' ? '' : `${text}}`;
}

const MUST_BE_ESCAPED = /[\\\n"]/;

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
