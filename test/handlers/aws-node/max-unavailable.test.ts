import { aDaemonSet } from './builders';
import { allowsNoneUnavailable, maxUnavailable } from '../../../lib/handlers/aws-node/max-unavailable';

test.each<[number | string | undefined, number, number]>([
  [undefined, 10, 1],
  [3, 10, 3],
  [0, 10, 0],
  ['10%', 1, 1],
  ['10%', 10, 1],
  ['10%', 11, 2],
  ['25%', 5, 2],
  ['100%', 7, 7],
  ['10%', 5000, 500],
  ['10%', 0, 0],
])('%s of %i nodes lets %i be unavailable', (value, desiredNumberScheduled, expected) => {
  expect(maxUnavailable(aDaemonSet({ maxUnavailable: value, desiredNumberScheduled }))).toBe(expected);
});

test.each<[number | string | undefined, boolean]>([[0, true], ['0%', true], [1, false], ['1%', false], [undefined, false]])(
  '%s allows none: %s', (value, expected) => {
    expect(allowsNoneUnavailable(aDaemonSet({ maxUnavailable: value, desiredNumberScheduled: 0 }))).toBe(expected);
  });
