/** The steps that followed each robbery, as far as they are public, in our words. Operators copy them and write their own. */
export const SHIPPED_RUNBOOKS: readonly string[] = [
  `# What the vendor of CAS asked of its operators in March 2023, when a planted application had read the keys.
name: cas-2023
title: CAS, after something was planted or keys may have been read (March 2023)
product: cas
kinds: [file]
source: https://www.cve.org/CVERecord?id=CVE-2023-28725
steps:
  - id: stop
    do: Stop the admin and master services.
  - id: terminals-off
    do: Deactivate all terminals, or at least those that pay out.
  - id: keep
    do: Copy the planted file and the logs away with their times, and open none of them.
    why: They are evidence, and the file is a program.
  - id: planted
    do: Remove what was planted. Every file is as signed again.
    see: { as-signed: [file] }
  - id: upgrade
    do: Install a version of CAS without the hole.
    see: { no-known-holes: true }
  - id: doors
    do: Let only your own addresses, or a VPN, reach the administration and the terminals' interface.
    see: { doors-shut: [7777, 443, 7741] }
  - id: wallets
    do: Move the funds of every hot wallet to keys that were made elsewhere, after the theft.
    why: Keys that were read leave no trace. They are lost whether or not anything moved yet.
  - id: exchanges
    do: Withdraw every API key of exchanges, wallets and other services, and make new ones.
  - id: passwords
    do: Reset the password and the second factor of every user.
    see: { secrets-moved: [admin] }
  - id: users
    do: Remove users, permissions and groups that you do not recognise; second factors are on again. Sign what is right.
    see: { as-signed: [admin, permission, contact] }
  - id: terminals
    do: Delete every terminal that you do not recognise.
    see: { none-added: [terminal] }
  - id: settings
    do: Review the crypto settings and run their tests. Sign what is right.
    see: { as-signed: [wallet-route] }
  - id: log
    do: Read admin.log and master.log for the days before. Look for gaps in time as well as for lines.
    see: { logs-read: true }
finish:
  do: Start the services, and activate the terminals.
`,
  `# What the vendor of CAS asked of its operators in August 2022, in its order.
name: cas-2022
title: CAS, after settings were changed (August 2022)
product: cas
source: https://www.cve.org/CVERecord?id=CVE-2022-4980
steps:
  - id: stop
    do: Stop the admin and master services.
  - id: upgrade
    do: Install a version of CAS without the hole.
    see: { no-known-holes: true }
  - id: doors
    do: Let only addresses that you trust reach the administration (7777 and 443).
    see: { doors-shut: [7777, 443] }
  - id: start-admin
    do: Start the admin service, and no other.
  - id: terminals-off
    do: Deactivate all terminals, or at least the two-way ones.
    why: Each sale may pay the thief until the settings are right.
  - id: passwords
    do: Reset the password of every user.
    see: { secrets-moved: [admin] }
  - id: users
    do: Remove every user that you do not recognise, and review permissions and groups. Sign what is right.
    see: { as-signed: [admin, permission] }
  - id: persons
    do: Compare the e-mail addresses of persons with those you know. They never change by themselves.
    see: { as-signed: [contact] }
  - id: terminals
    do: Delete every terminal that you do not recognise, not only the known bad one.
    see: { none-added: [terminal] }
  - id: settings
    do: Put the crypto settings right, invalid payment addresses included.
    see: { as-signed: [wallet-route] }
  - id: test-settings
    do: Run the tests of the crypto settings, and look at the addresses that they show.
  - id: database
    do: Have the owner of the database undo triggers, functions and grants that nobody signed.
    see: { as-signed: [sensor] }
  - id: log
    do: Read admin.log around each line "Server activated.".
    see: { logs-read: true }
finish:
  do: Start the master service, and activate the terminals.
`,
  `# For lamassu-server, by the parts that its public tree names. Its vendor has published no such list.
name: lamassu
title: lamassu-server, after something was changed
product: lamassu
steps:
  - id: stop
    do: Stop lamassu-server and lamassu-admin-server.
  - id: machines-off
    do: Take the machines out of service.
  - id: planted
    do: Every file of the server is as signed.
    see: { as-signed: [file] }
  - id: doors
    do: Let only addresses that you trust reach the administration.
    see: { doors-shut: [443] }
  - id: links
    do: Delete registration and reset tokens that nobody asked for.
    see: { none-added: [access-link] }
  - id: users
    do: Remove users and hardware keys that you do not recognise, and end all sessions. Sign what is right.
    see: { as-signed: [admin, permission] }
  - id: passwords
    do: Reset the password and the second factor of every user.
    see: { secrets-moved: [admin] }
  - id: machines
    do: Unpair every machine that you do not recognise.
    see: { none-added: [terminal] }
  - id: wallets
    do: Compare wallets, exchanges and confirmations of every coin with what was signed.
    see: { as-signed: [wallet-route] }
  - id: accounts
    do: Withdraw the API keys of every exchange, wallet and service in the settings, and make new ones.
    why: They stand in the database in plain text, and reading leaves no trace.
  - id: notifications
    do: Compare where alarms go with what was signed.
    see: { as-signed: [contact, config] }
  - id: database
    do: Have the owner of the database undo triggers, functions and grants that nobody signed.
    see: { as-signed: [sensor] }
  - id: log
    do: Read the logs of both services and of the proxy for the days before.
    see: { logs-read: true }
finish:
  do: Start the services, and put the machines into service.
`,
  `# Where the server is another one, or nobody said which.
name: any
title: After something was changed that nobody approved
steps:
  - id: stop
    do: Stop the server and its administration.
  - id: terminals-off
    do: Take the terminals out of service.
  - id: doors
    do: Let only addresses that you trust reach the server. Every door is as signed.
    see: { as-signed: [door] }
  - id: files
    do: Every file is as signed.
    see: { as-signed: [file] }
  - id: passwords
    do: Reset every password.
    see: { secrets-moved: [admin] }
  - id: users
    do: Remove every user that you do not recognise, and review permissions. Sign what is right.
    see: { as-signed: [admin, permission, contact] }
  - id: terminals
    do: Remove every terminal that you do not recognise.
    see: { none-added: [terminal] }
  - id: settings
    do: Put the settings of the coins right.
    see: { as-signed: [wallet-route] }
  - id: database
    do: Have the owner of the database undo triggers, functions and grants that nobody signed.
    see: { as-signed: [sensor] }
  - id: log
    do: Read the logs of the days before.
    see: { logs-read: true }
finish:
  do: Start the server, and put the terminals into service.
`,
];
