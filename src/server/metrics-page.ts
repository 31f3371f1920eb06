import { fullName, METRICS, type MetricFacts, type MetricName } from './metric-list.ts';

/** `docs/reference/metrics.md`. */
export function metricsPage(): string {
  const rows = (Object.entries(METRICS) as [MetricName, MetricFacts][]).map(
    ([name, { type, help, labels = [] }]) =>
      `| \`${fullName(name)}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  return [
    '# Metrics',
    '',
    'Made from the program by `npm run docs`; a test compares.',
    '',
    'Answered at `/metrics` of the status address, in the text format of Prometheus. Every series has the label',
    '`environment` as well. Beside them stand those of the process and of Node (`process_...`, `nodejs_...`). A',
    '[dashboard for Grafana](../monitoring/dashboard.json) and [alert rules](../monitoring/alerts.yml) are ready to load;',
    'each alert has a paragraph in the [runbook](../runbook.md).',
    '',
    '| metric | type | labels | what it is |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
