/** One line of JSON, so that CloudWatch Logs Insights can filter by field. */
export function log(message: string, fields: Readonly<Record<string, unknown>> = {}): void {
  console.log(JSON.stringify({ message, ...fields }));
}
