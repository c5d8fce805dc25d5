import { hmac, type HmacScheme } from '@countersign/core/hmac'
import { expect, test } from 'vitest'
import { sign } from './support/sign.ts'

/** Schemes that others have published, each with an answer that they have published too. */
const schemes: [
  string,
  HmacScheme,
  { method?: string; url: string; headers?: Record<string, string>; body?: string },
  Record<string, string>,
][] = [
  [
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    'GitHub webhooks',
    {
      secret: "It's a Secret to Everybody",
      message: ['body'],
      encoding: 'hex',
      headers: { 'X-Hub-Signature-256': 'sha256={signature}' },
    },
    { method: 'POST', url: 'https://hooks.example/', body: 'Hello, World!' },
    {
      'x-hub-signature-256':
        'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    },
  ],
  [
    // https://api.slack.com/authentication/verifying-requests-from-slack
    'Slack',
    {
      secret: '8f742231b10e8888abcd99yyyzzz85a5',
      message: [{ text: 'v0' }, 'timestamp', 'body'],
      separator: ':',
      encoding: 'hex',
      timestamp: 's',
      headers: {
        'X-Slack-Request-Timestamp': '{timestamp}',
        'X-Slack-Signature': 'v0={signature}',
      },
      now: () => 1531420618_000,
    },
    {
      method: 'POST',
      url: 'https://hooks.example/slack',
      body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    },
    {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
  ],
  [
    // https://github.com/standard-webhooks/standard-webhooks, the test vector of its libraries.
    'Standard Webhooks',
    {
      secret: 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
      secretEncoding: 'base64',
      message: ['nonce', 'timestamp', 'body'],
      separator: '.',
      timestamp: 's',
      headers: {
        'Webhook-Id': '{nonce}',
        'Webhook-Timestamp': '{timestamp}',
        'Webhook-Signature': 'v1,{signature}',
      },
      now: () => 1614265330_999,
      nonce: () => 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    },
    { method: 'POST', url: 'https://hooks.example/', body: '{"test": 2432232314}' },
    {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
  ],
  [
    // https://github.com/mozilla/hawk/blob/main/API.md#protocol-example
    'Hawk',
    {
      id: 'dh37fgj492je',
      secret: 'werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn',
      message: [
        { text: 'hawk.1.header' },
        'timestamp',
        'nonce',
        'method',
        'target',
        { text: 'example.com' },
        { text: '8000' },
        { text: '' },
        { text: 'some-app-ext-data' },
        { text: '' },
      ],
      separator: '\n',
      timestamp: 's',
      headers: {
        Authorization:
          'Hawk id="{id}", ts="{timestamp}", nonce="{nonce}", ext="some-app-ext-data", mac="{signature}"',
      },
      now: () => 1353832234_000,
      nonce: () => 'j4h3g2',
    },
    { url: 'https://example.com:8000/resource/1?b=1&a=2' },
    {
      authorization:
        'Hawk id="dh37fgj492je", ts="1353832234", nonce="j4h3g2", ext="some-app-ext-data", mac="6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE="',
    },
  ],
  [
    // https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html, "Object GET"
    'Amazon S3, signature version 2',
    {
      id: 'AKIAIOSFODNN7EXAMPLE',
      secret: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      message: [
        'method',
        { text: '\n' },
        { header: 'Content-MD5' },
        { text: '\n' },
        { header: 'Content-Type' },
        { text: '\n' },
        { header: 'Date' },
        { text: '\n/awsexamplebucket1' },
        'path',
      ],
      hash: 'sha1',
      headers: { Authorization: 'AWS {id}:{signature}' },
    },
    {
      url: 'https://awsexamplebucket1.us-west-1.s3.amazonaws.com/photos/puppy.jpg',
      headers: { date: 'Tue, 27 Mar 2007 19:36:42 +0000' },
    },
    { authorization: 'AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g=' },
  ],
]

test.each(schemes)('%s is data', (_, scheme, request, headers) => {
  expect(sign(hmac(scheme), request)).toEqual({ headers })
})
