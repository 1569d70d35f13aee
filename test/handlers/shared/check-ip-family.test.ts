import { aCluster } from './cluster';
import { checkIpFamily } from '../../../lib/handlers/shared/check-ip-family';

test.each(['ipv4', 'ipv6'] as const)('accepts the family of an %s cluster, and none at all', ipFamily => {
  expect(() => checkIpFamily(aCluster({ ipFamily }), ipFamily)).not.toThrow();
  expect(() => checkIpFamily(aCluster({ ipFamily }), undefined)).not.toThrow();
});

test.each([['ipv4', 'ipv6'], ['ipv6', 'ipv4']] as const)('fails for an %s cluster when %s was asked for, and says what to set', (ipFamily, expected) => {
  const message = messageOf(() => checkIpFamily(aCluster({ ipFamily }), expected));
  expect(message).toContain(`cluster blue is an ${ipFamily} cluster, but ${expected} was asked for`);
  expect(message).toContain(`set it to ${ipFamily}`);
  expect(message).toContain('Nothing was changed');
});

function messageOf(action: () => void): string | undefined {
  try {
    action();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}
