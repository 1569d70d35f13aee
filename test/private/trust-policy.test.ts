import { issuerName, trustConditions } from '../../lib/private/trust-policy';

test.each(['https://', ''])('lets in nobody but aws-node (issuer with "%s" before it)', scheme => {
  expect(trustConditions(`${scheme}oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF`)).toEqual({
    'oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF:aud': 'sts.amazonaws.com',
    'oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF:sub': 'system:serviceaccount:kube-system:aws-node',
  });
});

test('names an issuer by all but its scheme', () => {
  expect(issuerName('issuer.example/of/https://else')).toBe('issuer.example/of/https://else');
});
