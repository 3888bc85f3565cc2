/** The names that fill the reference schema. Invented; domains end in `.example` (RFC 2606). */

export const ORGANISATIONS = [
  { name: 'Northern ATM s.r.o.', country: 'CZ' },
  { name: 'Northern ATM Austria GmbH', country: 'AT' },
  { name: 'Northern ATM Slovakia s.r.o.', country: 'SK' },
] as const;

export const GROUPS = [
  {
    name: 'Administrator',
    description: 'Everything',
    permissions: ['users.write', 'terminals.write', 'settings.write', 'transactions.read'],
  },
  {
    name: 'Advanced Support',
    description: 'Terminals and transactions',
    permissions: ['terminals.write', 'transactions.read', 'settings.read'],
  },
  {
    name: 'Support',
    description: 'Help customers at a terminal',
    permissions: ['terminals.read', 'transactions.read'],
  },
  { name: 'Read Only', description: 'Reports', permissions: ['transactions.read'] },
] as const;

export const PEOPLE = [
  { first: 'Alena', last: 'Novotná', login: 'anovotna', group: 'Administrator' },
  { first: 'Boris', last: 'Hájek', login: 'bhajek', group: 'Administrator' },
  { first: 'Clara', last: 'Steiner', login: 'csteiner', group: 'Advanced Support' },
  { first: 'David', last: 'Malý', login: 'dmaly', group: 'Advanced Support' },
  { first: 'Eva', last: 'Kučerová', login: 'ekucerova', group: 'Support' },
  { first: 'Filip', last: 'Urban', login: 'furban', group: 'Support' },
  { first: 'Greta', last: 'Wagner', login: 'gwagner', group: 'Support' },
  { first: 'Hana', last: 'Kováčová', login: 'hkovacova', group: 'Support' },
  { first: 'Ivan', last: 'Šimko', login: 'isimko', group: 'Support' },
  { first: 'Jan', last: 'Král', login: 'jkral', group: 'Read Only' },
  { first: 'Klára', last: 'Dvořáková', login: 'kdvorakova', group: 'Read Only' },
  { first: 'Lukas', last: 'Berger', login: 'lberger', group: 'Read Only' },
] as const;

export const TERMINAL_TYPES = ['BATMTwo', 'BATMThree', 'BATMThree', 'BATMFour'] as const;

const PLACES = ['Main Station', 'Shopping Centre', 'Market Square', 'Airport'] as const;
const CITIES = [
  { city: 'Praha', country: 'CZ', time_zone: 'Europe/Prague', organisation_id: 1 },
  { city: 'Brno', country: 'CZ', time_zone: 'Europe/Prague', organisation_id: 1 },
  { city: 'Ostrava', country: 'CZ', time_zone: 'Europe/Prague', organisation_id: 1 },
  { city: 'Plzeň', country: 'CZ', time_zone: 'Europe/Prague', organisation_id: 1 },
  { city: 'Wien', country: 'AT', time_zone: 'Europe/Vienna', organisation_id: 2 },
  { city: 'Graz', country: 'AT', time_zone: 'Europe/Vienna', organisation_id: 2 },
  { city: 'Linz', country: 'AT', time_zone: 'Europe/Vienna', organisation_id: 2 },
  { city: 'Bratislava', country: 'SK', time_zone: 'Europe/Bratislava', organisation_id: 3 },
  { city: 'Košice', country: 'SK', time_zone: 'Europe/Bratislava', organisation_id: 3 },
  { city: 'Žilina', country: 'SK', time_zone: 'Europe/Bratislava', organisation_id: 3 },
] as const;

/** Ten cities with four places each. */
export const LOCATIONS = CITIES.flatMap((city, cityIndex) =>
  PLACES.map((name, placeIndex) => ({ ...city, name, street: `${name} ${cityIndex * 3 + placeIndex + 1}` })),
);

/** Addresses are well-formed, with right checksums, over hashes of our own words: nobody holds their keys. */
export const CRYPTO_SETTINGS = [
  {
    crypto_currency: 'BTC',
    buy_wallet: 'bitgo:btc-hot',
    sell_wallet: 'bitgo:btc-sell',
    buy_profit: 6.5,
    sell_profit: 5,
    sell_wallet_address: 'bc1qpp6gcph474clmwrkgq3ha7qumd3pmm94x8uwuj',
    invalid_payment_address: 'bc1qea4l260jy6gg5w8xj6dvmkxys8xp72jyc27jqx',
  },
  {
    crypto_currency: 'LTC',
    buy_wallet: 'bitgo:ltc-hot',
    sell_wallet: 'bitgo:ltc-sell',
    buy_profit: 7,
    sell_profit: 5.5,
    sell_wallet_address: 'ltc1q7gyuvuvn2fmzzpg5pcvh2cyef5slmjsd9khwtg',
    invalid_payment_address: 'ltc1qxqnut3zk9xjqjdmc04d8yhpx07dkqa5qg4r8hz',
  },
  {
    crypto_currency: 'ETH',
    buy_wallet: 'infura:eth-hot',
    sell_wallet: 'infura:eth-sell',
    buy_profit: 7,
    sell_profit: 5.5,
    sell_wallet_address: '0x7B37102f40C37eD171875D3B74cDA03f23Fd837D',
    invalid_payment_address: '0xDE4C8302f7E413413609068E020538409675169b',
  },
  {
    crypto_currency: 'BCH',
    buy_wallet: 'bitgo:bch-hot',
    sell_wallet: 'bitgo:bch-sell',
    buy_profit: 7.5,
    sell_profit: 6,
    sell_wallet_address: 'bitcoincash:qzjdx5gh3tvxylpychyukemqz0us7vjkeg7nsameft',
    invalid_payment_address: 'bitcoincash:qr7kpppmcmsqgfxea6rw6ecaxfa6hkypqq90l76ydp',
  },
  {
    crypto_currency: 'DOGE',
    buy_wallet: 'dogecoind:hot',
    sell_wallet: 'dogecoind:sell',
    buy_profit: 8,
    sell_profit: 6.5,
    sell_wallet_address: 'D7eSCGiDX4TuB5zzkQgUcdaDVFGEpVAjrr',
    invalid_payment_address: 'DQFk31HMjQBNWogN9EutQWRBSAC5xv2B5u',
  },
  {
    crypto_currency: 'DASH',
    buy_wallet: 'dashd:hot',
    sell_wallet: 'dashd:sell',
    buy_profit: 8,
    sell_profit: 6.5,
    sell_wallet_address: 'Xgr8Dws6h3fWQcNjZFbJXfyhUBbY2LjSL5',
    invalid_payment_address: 'XxpUQaj4cHEswsv9pT247nwpk62eiXcdhC',
  },
  {
    crypto_currency: 'ZEC',
    buy_wallet: 'zcashd:hot',
    sell_wallet: 'zcashd:sell',
    buy_profit: 8,
    sell_profit: 6.5,
    sell_wallet_address: 't1MhkpSDa6T8hEyKK9egxbfGn1HHCbVBYoE',
    invalid_payment_address: 't1NkM4Ya8svzcfwYzvdwNGXpQBonmXAqSUg',
  },
  {
    crypto_currency: 'USDT_TRON',
    buy_wallet: 'trongrid:hot',
    sell_wallet: 'trongrid:sell',
    buy_profit: 6,
    sell_profit: 5,
    sell_wallet_address: 'TBMe2FWDcSvrwfb9xrF78R44myN4Nbaa3f',
    invalid_payment_address: 'TXBDbdwMzn84D28J4ByomdNxQjHS7um6FC',
  },
] as const;
