import { eventually } from '../../../lib/handlers/shared/eventually';

/** @returns what was seen in the end, how often it was looked, and the pauses between */
async function looked(...views: string[]) {
  const pauses: number[] = [];
  let looks = 0;
  const seen = await eventually(async () => views[Math.min(looks++, views.length - 1)], view => view === 'settled', async milliseconds => { pauses.push(milliseconds); });
  return { seen, looks, pauses };
}

test('takes what is settled at once', async () => {
  expect(await looked('settled')).toEqual({ seen: 'settled', looks: 1, pauses: [] });
});

test('looks again after a while until it is settled', async () => {
  expect(await looked('old', 'old', 'settled')).toEqual({ seen: 'settled', looks: 3, pauses: [3_000, 3_000] });
});

test('takes what there is after a quarter of a minute', async () => {
  expect(await looked('old')).toEqual({ seen: 'old', looks: 6, pauses: [3_000, 3_000, 3_000, 3_000, 3_000] });
});
