import { count, some } from '../../../lib/handlers/shared/words';

test.each([
  [[], ''],
  [['a', 'b', 'c'], 'a; b; c'],
  [['a', 'b', 'c', 'd'], 'a; b; c; and 1 more'],
])('names some of %j', (all, text) => {
  expect(some(all)).toBe(text);
});

test('names some, separated otherwise', () => {
  expect(some(['a', 'b', 'c', 'd', 'e'], ', ')).toBe('a, b, c, and 2 more');
});

test.each([[0, '0 pods'], [1, '1 pod'], [2, '2 pods']])('counts %d', (number, text) => {
  expect(count(number, 'pod')).toBe(text);
});
