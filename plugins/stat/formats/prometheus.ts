// Metrics as Prometheus reads them (text exposition format 0.0.4).
//
// https://prometheus.io/docs/instrumenting/exposition_formats/
import type { Labels, MetricSample } from 'livego';

export const PROMETHEUS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

const PREFIX = 'livego_';

export function formatPrometheus(samples: readonly MetricSample[]): string {
  const byName = new Map<string, MetricSample[]>();
  for (const sample of samples) {
    const present = byName.get(sample.metric.name);
    if (present) present.push(sample);
    else byName.set(sample.metric.name, [sample]);
  }
  const lines: string[] = [];
  for (const [name, ofName] of byName) {
    const { help, type } = ofName[0]!.metric;
    lines.push(`# HELP ${PREFIX}${name} ${escape(help)}`, `# TYPE ${PREFIX}${name} ${type}`);
    for (const sample of ofName) addSample(lines, `${PREFIX}${name}`, sample);
  }
  return `${lines.join('\n')}\n`;
}

function addSample(lines: string[], name: string, { value, labels }: MetricSample): void {
  if (typeof value === 'number') {
    lines.push(`${name}${formatLabels(labels)} ${value}`);
    return;
  }
  let count = 0;
  for (const [index, bound] of value.bounds.entries()) {
    count += value.counts[index] ?? 0;
    lines.push(`${name}_bucket${formatLabels({ ...labels, le: String(bound) })} ${count}`);
  }
  count += value.counts[value.bounds.length] ?? 0;
  lines.push(`${name}_bucket${formatLabels({ ...labels, le: '+Inf' })} ${count}`);
  lines.push(
    `${name}_sum${formatLabels(labels)} ${value.sum}`,
    `${name}_count${formatLabels(labels)} ${count}`,
  );
}

function formatLabels(labels: Labels): string {
  const entries = Object.entries(labels);
  if (entries.length === 0) return '';
  return `{${entries.map(([label, value]) => `${label}="${escape(value).replaceAll('"', '\\"')}"`).join(',')}}`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
