import { STSClient } from '@aws-sdk/client-sts';
import { EksToken } from '../../../lib/handlers/shared/eks-token';
import { FakeClock } from '../aws-node/fake-clock';

const NOW = Date.parse('2026-11-24T10:00:00Z');
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', sessionToken: 'a+b/c==' };

function aToken(configuration: { region?: string; endpoint?: string } = {}) {
  const clock = new FakeClock(NOW);
  return { clock, token: new EksToken(new STSClient({ region: 'eu-west-1', credentials, ...configuration }), 'blue', clock) };
}

function urlOf(token: string): URL {
  return new URL(Buffer.from(token.replace('k8s-aws-v1.', ''), 'base64url').toString());
}

test('is a question to STS, signed for a minute and for this cluster', async () => {
  const token = await aToken().token.get();
  expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/);
  expect(urlOf(token)).toMatchObject({ protocol: 'https:', host: 'sts.eu-west-1.amazonaws.com', pathname: '/' });
  expect(Object.fromEntries(urlOf(token).searchParams)).toEqual({
    'Action': 'GetCallerIdentity',
    'Version': '2011-06-15',
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIDEXAMPLE/20261124/eu-west-1/sts/aws4_request',
    'X-Amz-Date': '20261124T100000Z',
    'X-Amz-Expires': '60',
    'X-Amz-Security-Token': 'a+b/c==',
    'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    // as botocore signs the same
    'X-Amz-Signature': '42592017bf404a0c9511903e232346b2c657fe579ad73ffbf3d27193e713ce5f',
  });
});

test.each([
  ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn'],
  ['us-gov-west-1', 'sts.us-gov-west-1.amazonaws.com'],
  ['us-east-1', 'sts.us-east-1.amazonaws.com'],
  ['eusc-de-east-1', 'sts.eusc-de-east-1.amazonaws.eu'],
])('asks the regional STS of %s', async (region, host) => {
  expect(urlOf(await aToken({ region }).token.get()).host).toBe(host);
});

test('asks a custom endpoint, also one of the environment', async () => {
  const url = urlOf(await aToken({ endpoint: 'http://127.0.0.1:4566' }).token.get());
  expect(url).toMatchObject({ protocol: 'http:', host: '127.0.0.1:4566', pathname: '/' });
  expect(url.searchParams.get('X-Amz-Signature')).toBe('2c6cd6547168010a47f0a3d43f742791c6069f38cbc477d7bf176ce1bca518f3');
  process.env.AWS_ENDPOINT_URL = 'http://localhost:4567';
  try {
    expect(urlOf(await aToken().token.get())).toMatchObject({ protocol: 'http:', host: 'localhost:4567' });
  } finally {
    delete process.env.AWS_ENDPOINT_URL;
  }
});

test('is made anew before it expires', async () => {
  const { clock, token } = aToken();
  clock.onAdvance(1_000, () => undefined);
  const first = await token.get();
  clock.advance(29_000);
  expect(await token.get()).toBe(first);
  clock.advance(1_000);
  expect(urlOf(await token.get()).searchParams.get('X-Amz-Date')).toBe('20261124T100030Z');
});

test('is made anew once it was refused', async () => {
  const { clock, token } = aToken();
  clock.onAdvance(1_000, () => undefined);
  await token.get();
  clock.advance(1_000);
  token.forget();
  expect(urlOf(await token.get()).searchParams.get('X-Amz-Date')).toBe('20261124T100001Z');
});
