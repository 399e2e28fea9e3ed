targetScope = 'subscription'

metadata description = 'Everything that EReferrals runs on, in one resource group. infra/README.md has the table of parameters.'

@minLength(1)
@maxLength(32)
@description('Name of the azd environment. The resource group is named after it, and the names of all resources contain its hash.')
param environmentName string

@allowed(['uksouth', 'ukwest', 'northeurope', 'swedencentral'])
@metadata({ azd: { type: 'location' } })
@description('Region. It must offer Flex Consumption. In a region without availability zones (UK West), the settings about zones have no effect.')
param location string

@allowed(['test', 'production'])
@description('Stage. Determines the default of each parameter below.')
param stage string = 'test'

// Callers, and the recipients of alerts

@description('Issuer of the bearer tokens. Empty: the Entra tenant of the deployment.')
param tokenIssuer string = ''

@description('Audience of the tokens.')
param tokenAudience string = 'api://ereferrals'

@description('URL of the issuer\'s OpenID configuration. Empty: the well-known URL of the issuer.')
param tokenMetadataAddress string = ''

@description('Client id of the page for clinicians at the issuer. Empty: the page says that sign-in is not set up.')
param pageClientId string = ''

@description('Scopes that the page for clinicians asks for, separated by spaces. They must yield a token of the audience.')
param pageScopes string = 'openid api://ereferrals/.default'

@description('ISO 8601 duration: the longest lifetime of a user\'s token. Empty: one hour, or 95 minutes for Entra, which issues tokens for 60 to 90 minutes.')
param userTokenLifetime string = ''

@description('ISO 8601 duration: the longest lifetime of the token of an application.')
param applicationTokenLifetime string = 'PT24H'

@minLength(1)
@description('ODS codes of the organisations that operate the service, separated by commas. The role OPERATOR counts nowhere else.')
param operatorOrganisations string

@description('Whom to tell about a weakness of the service: a URL with mailto, https or tel, for /.well-known/security.txt. Empty: no such file.')
param securityContact string = ''

@description('Until when securityContact is certain: an ISO 8601 instant, at most a year ahead.')
param securityContactExpires string = ''

@allowed(['required', 'off'])
@description('Whether a second operator must confirm a switch to read-only and the discarding of an accepted submission.')
param secondOperator string = stage == 'production' ? 'required' : 'off'

@description('ODS codes of the organisations whose services are shown without the approval of an operator, separated by commas. *: every organisation; not for production.')
param trustedOrganisations string = ''

@secure()
@description('Key that monitors send to /_status. Empty: /_status is closed.')
param monitoringKey string = ''

@description('Resource id of a Key Vault secret that contains the monitoring key. Overrides monitoringKey. Empty: none.')
param monitoringKeyInVault string = ''

@secure()
@description('Keys that sign cursors, the newest first: DAY:BASE64, separated by commas. Empty, and no vault: each instance accepts only its own cursors.')
param cursorKeys string = ''

@description('Resource id of a Key Vault secret that contains the keys of cursors. Overrides cursorKeys. Production needs it.')
param cursorKeysInVault string = ''

@secure()
@description('Keys of the digests in the audit trail, the newest first: DAY:BASE64, separated by commas. Empty, and no vault: a key that is no secret.')
param digestKeys string = ''

@description('Resource id of a Key Vault secret that contains the keys of the audit trail. Overrides digestKeys. Production needs it.')
param digestKeysInVault string = ''

@description('Mailbox that receives all alerts. The owners of the subscription receive them too.')
param alertEmail string = ''

@secure()
@description('URL of the pager, which receives alerts of severity 0 and 1 in the common alert schema. Empty: none.')
param pagerWebhook string = ''

// Size

@allowed(['Standard', 'Premium'])
@description('Tier of Service Bus. It cannot be changed later. privateNetwork needs Premium.')
param serviceBusSku string = stage == 'production' ? 'Premium' : 'Standard'

@allowed([1, 2, 4, 8, 16])
@description('Messaging units. Only used with Premium.')
param serviceBusUnits int = 1

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS', 'Standard_RAGZRS'])
@description('Redundancy of all storage accounts except the host\'s. In a region without zones, the option without zones is used.')
param storageRedundancy string = stage == 'production' ? 'Standard_RAGZRS' : 'Standard_ZRS'

@allowed([512, 2048, 4096])
@description('Memory of each instance of the app, in MB.')
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
@description('Maximum number of instances of each function group. All HTTP functions are one group; every other function is a group of its own.')
param maximumInstances int = stage == 'production' ? 200 : 40

@minValue(0)
@maxValue(1000)
@description('Always-ready instances for HTTP. If it is above 0, the two queue functions between acceptance and the worklists have always-ready instances too.')
param alwaysReadyHttp int = stage == 'production' ? 3 : 0

@minValue(1)
@maxValue(1000)
@description('Maximum number of concurrent HTTP requests of an instance.')
param httpConcurrency int = 32

@description('Spread the app over availability zones, if the region has them. Azure then keeps two instances ready for each function group.')
param zoneRedundant bool = stage == 'production'

@minValue(0)
@description('Rate limit of one application, in requests per second. Above it, the service responds 429. 0: no limit.')
param requestsPerSecond int = stage == 'production' ? 10 : 0

@minValue(1)
@description('Number of requests that one application may send in a burst above the rate limit.')
param requestBurst int = 50

@minValue(0)
@description('How often a subject, or an address without a valid token, may be refused in a minute. Above it, the service responds 429. 0: no limit.')
param refusalsPerMinute int = 60

@description('Address in the links of the e-RS API, such as https://ers.example.org. Empty: the host that the request names.')
param publicAddress string = ''

@minValue(0)
@description('Number of own proxies in front of the app, such as Front Door, each of which appends a hop to X-Forwarded-For.')
param trustedProxies int = 0

@description('ISO 8601 duration after which an urgent referral without a review is overdue.')
param urgentAfter string = 'PT48H'

@description('ISO 8601 duration after which a two-week-wait referral without a review is overdue.')
param twoWeekWaitAfter string = 'PT24H'

@description('How long a state may last, by priority, before the referral is overdue. P2D means two working days; PT48H means 48 hours.')
param allowances safetyNet = {
  Review: { Routine: 'P40D' }
  Triaged: { TwoWeekWait: 'P2D', Urgent: 'P5D', Routine: 'P40D' }
  Deferred: { TwoWeekWait: 'P5D', Urgent: 'P10D', Routine: 'P40D' }
  AppointmentCancelled: { TwoWeekWait: 'P2D', Urgent: 'P5D', Routine: 'P40D' }
  NotBooked: { TwoWeekWait: 'P1D', Urgent: 'P3D', Routine: 'P10D' }
  Outcome: { TwoWeekWait: 'P1D', Urgent: 'P2D', Routine: 'P5D' }
  CameBack: { TwoWeekWait: 'P1D', Urgent: 'P3D', Routine: 'P10D' }
}

@description('ISO 8601 duration by which the clock of a caller may be ahead of ours.')
param clockTolerance string = 'PT5M'

@description('Roles, separated by commas, that get links to packs, as applications always do: whoever has a link has the pack. Empty: none.')
param packLinkRoles string = ''

@description('How often an application may poll the worklists of a service each day through the e-RS API; 0 for no limit.')
@minValue(0)
param pollsPerServiceAndDay int = 2

@description('ISO 8601 duration for which a file may wait for the malware scanner before its referral shows a delay.')
param scanWithin string = 'PT30M'

@description('Number of days for which data is kept. The service does not start with less than the law demands: infra/RUNBOOK.md.')
param retentionDays retention = {
  Referrals: 2922
  MentalHealthReferrals: 7305
  RefusedReferrals: 731
  OrphanedUploads: 30
  DoneCommands: 30
  DiscardedDeadLetters: 90
}

@allowed(['Off', 'DryRun', 'On'])
@description('Whether the sweeper deletes what is no longer kept (On), or only counts it (DryRun).')
param retentionSweep string = 'DryRun'

@allowed(['status', '$web'])
@description('Container of the status page in the contingency account. Use $web if the account serves a static website.')
param statusPageContainer string = 'status'

// Protection

@description('Access storage and Service Bus through private endpoints. The contingency account also accepts links from outside.')
param privateNetwork bool = stage == 'production'

@description('Address range of the network, at least a /24. Only used with privateNetwork.')
param networkAddressRange string = '10.70.0.0/16'

@description('Resource id of a NAT gateway for outgoing traffic. Only used with privateNetwork. Empty: Azure\'s default outbound access.')
param natGatewayId string = ''

@description('Address ranges, separated by commas, with access to packs by links, and to the status page in $web. Needed in production. Empty: all.')
param packReaderAddresses string = ''

@description('Address ranges, separated by commas, from which operators may access the records account while this is set. Only used with privateNetwork.')
param breakGlassAddresses string = ''

@description('Scan uploaded attachments with Defender for Storage. Without a scan, no attachment can be read.')
param malwareScanning bool = true

@minValue(-1)
@description('Maximum number of gigabytes that are scanned in a month. Attachments above it cannot be read. -1: no limit.')
param malwareScanningCapGB int = stage == 'production' ? -1 : 50

@minValue(1)
@maxValue(146000)
@description('Number of days for which an audit entry can be neither changed nor deleted.')
param auditRetentionDays int = stage == 'production' ? 2922 : 1

@description('Whether the write-once policies are permanently locked. The template then does not write them.')
param auditLocked bool = false

@description('Lock the data accounts and the namespace against deletion. azd down fails while they are locked.')
param deleteLocks bool = stage == 'production'

// Monitoring

@minValue(30)
@maxValue(730)
@description('Number of days for which logs and metrics are kept.')
param logRetentionDays int = stage == 'production' ? 90 : 30

@description('Share of the traces that is kept, from 0 to 1. All metrics, which the alerts use, are kept.')
param traceShare string = stage == 'production' ? '0.1' : '1'

@minValue(-1)
@description('Maximum number of gigabytes of logs a day. Above it, the log alerts do not work until the next day. -1: no limit.')
param logDailyCapGB int = stage == 'production' ? -1 : 1

@description('Number of waiting messages on one queue. The backlog alert fires when a queue has more than this for 15 minutes.')
param backlogThreshold int = stage == 'production' ? 5000 : 500

@minValue(0)
@description('Monthly budget in the currency of the subscription. 0: none. It is created once; later changes of this parameter have no effect.')
param monthlyBudget int = stage == 'production' ? 8000 : 150

@description('First day of the budget: the first day of a month.')
param budgetStart string = utcNow('yyyy-MM-01')

@sealed()
type limits = {
  TwoWeekWait: string?
  Urgent: string?
  Routine: string?
}

// urgentAfter and twoWeekWaitAfter are the other two durations of a review.
@sealed()
type reviewLimits = {
  Routine: string?
}

@sealed()
type safetyNet = {
  Review: reviewLimits?
  Triaged: limits?
  Deferred: limits?
  AppointmentCancelled: limits?
  NotBooked: limits?
  Outcome: limits?
  CameBack: limits?
}

@sealed()
type retention = {
  Referrals: int
  MentalHealthReferrals: int
  RefusedReferrals: int
  OrphanedUploads: int
  DoneCommands: int
  DiscardedDeadLetters: int
}

// Invalid combinations fail here, and not half-way through a deployment.
var impossible = filter(
  [
    privateNetwork && serviceBusSku != 'Premium'
      ? 'privateNetwork needs serviceBusSku Premium: Standard has no private endpoints.'
      : ''
    serviceBusSku != 'Premium' && serviceBusUnits > 1 ? 'serviceBusUnits above 1 needs serviceBusSku Premium.' : ''
    !privateNetwork && !empty(natGatewayId) ? 'natGatewayId needs privateNetwork.' : ''
    !privateNetwork && !empty(packReaderAddresses)
      ? 'packReaderAddresses needs privateNetwork: without it the app itself comes from outside.'
      : ''
    stage == 'production' && empty(packReaderAddresses)
      ? 'Set packReaderAddresses (with privateNetwork): without it, whoever has a link to a pack can use it from anywhere.'
      : ''
    !privateNetwork && !empty(breakGlassAddresses)
      ? 'breakGlassAddresses needs privateNetwork: without it the account is open already.'
      : ''
    !empty(monitoringKeyInVault) && length(keySecretParts) != 11
      ? 'monitoringKeyInVault must be a resource id: /subscriptions/.../resourceGroups/.../providers/Microsoft.KeyVault/vaults/NAME/secrets/NAME.'
      : ''
    stage == 'production' && empty(cursorKeysInVault)
      ? 'Set cursorKeysInVault: all instances sign cursors with the same keys. infra/README.md says how to make one.'
      : ''
    !empty(cursorKeysInVault) && length(cursorSecretParts) != 11
      ? 'cursorKeysInVault must be a resource id: /subscriptions/.../resourceGroups/.../providers/Microsoft.KeyVault/vaults/NAME/secrets/NAME.'
      : ''
    stage == 'production' && empty(digestKeysInVault)
      ? 'Set digestKeysInVault: the audit trail is searched with these keys. infra/README.md says how to make one.'
      : ''
    !empty(digestKeysInVault) && length(digestSecretParts) != 11
      ? 'digestKeysInVault must be a resource id: /subscriptions/.../resourceGroups/.../providers/Microsoft.KeyVault/vaults/NAME/secrets/NAME.'
      : ''
    !empty(singleAddressRanges)
      ? 'A storage account takes no address range of /31 or /32: name single addresses without it.'
      : ''
    !empty(malformedRanges)
      ? 'packReaderAddresses and breakGlassAddresses are IPv4 addresses, such as 203.0.113.7, and ranges, such as 203.0.113.0/24. These are not: ${join(malformedRanges, ', ')}.'
      : ''
    !empty(wideRanges)
      ? 'packReaderAddresses and breakGlassAddresses name known networks. A range wider than /8 is none: ${join(wideRanges, ', ')}.'
      : ''
    !empty(reservedRanges)
      ? 'A storage account takes public addresses only. These are not public: ${join(reservedRanges, ', ')}.'
      : ''
    malwareScanning && malwareScanningCapGB == 0
      ? 'malwareScanningCapGB 0 would scan nothing: use -1 for no limit.'
      : ''
    logDailyCapGB == 0 ? 'logDailyCapGB 0 would keep no logs: use -1 for no limit.' : ''
    alwaysReadyHttp > maximumInstances ? 'alwaysReadyHttp is more than maximumInstances.' : ''
    empty(securityContact) != empty(securityContactExpires)
      ? 'securityContact and securityContactExpires need each other.'
      : ''
    stage == 'production' && secondOperator != 'required' ? 'secondOperator must be required in production.' : ''
    stage == 'production' && contains(trustedOrganisations, '*')
      ? 'trustedOrganisations must not be * in production: name the organisations.'
      : ''
  ],
  sentence => !empty(sentence)
)
var packReaders = empty(packReaderAddresses) ? [] : split(replace(packReaderAddresses, ' ', ''), ',')
var breakGlass = empty(breakGlassAddresses) ? [] : split(replace(breakGlassAddresses, ' ', ''), ',')
var singleAddressRanges = filter(
  concat(packReaders, breakGlass),
  range => endsWith(range, '/31') || endsWith(range, '/32')
)
var octets = map(range(0, 256), number => string(number))
var prefixes = map(range(0, 33), number => string(number))
var addressRanges = map(concat(packReaders, breakGlass), written => {
  written: written
  address: split(written, '/')[0]
  prefix: contains(written, '/') ? last(split(written, '/')) : '32'
})
var wellFormedRanges = filter(
  addressRanges,
  one =>
    length(split(one.written, '/')) <= 2 && length(split(one.address, '.')) == 4 && empty(filter(
      split(one.address, '.'),
      octet => !contains(octets, octet)
    )) && contains(prefixes, one.prefix)
)
var malformedRanges = map(filter(addressRanges, one => !contains(wellFormedRanges, one)), one => one.written)
var wideRanges = map(filter(wellFormedRanges, one => int(one.prefix) < 8), one => one.written)
// Private, shared, local, multicast and other networks that nobody has on the internet. Two ranges overlap when the shorter prefix of both is the same.
var reservedNetworks = [
  { address: '0.0.0.0', prefix: 8 }
  { address: '10.0.0.0', prefix: 8 }
  { address: '100.64.0.0', prefix: 10 }
  { address: '127.0.0.0', prefix: 8 }
  { address: '169.254.0.0', prefix: 16 }
  { address: '172.16.0.0', prefix: 12 }
  { address: '192.168.0.0', prefix: 16 }
  { address: '224.0.0.0', prefix: 3 }
]
var reservedRanges = map(
  filter(
    wellFormedRanges,
    one =>
      !empty(filter(
        reservedNetworks,
        reserved =>
          parseCidr('${one.address}/${min(int(one.prefix), reserved.prefix)}').network == parseCidr('${reserved.address}/${min(int(one.prefix), reserved.prefix)}').network
      ))
  ),
  one => one.written
)
var keySecretParts = split(monitoringKeyInVault, '/')
// The template needs valid names even when there is no secret, and Azure needs an existing resource group, although nothing is deployed to it.
var keySecret = length(keySecretParts) == 11
  ? { subscription: keySecretParts[2], group: keySecretParts[4], vault: keySecretParts[8], name: keySecretParts[10] }
  : { subscription: subscription().subscriptionId, group: 'rg-${environmentName}', vault: 'none', name: 'none' }
var cursorSecretParts = split(cursorKeysInVault, '/')
var cursorSecret = length(cursorSecretParts) == 11
  ? {
      subscription: cursorSecretParts[2]
      group: cursorSecretParts[4]
      vault: cursorSecretParts[8]
      name: cursorSecretParts[10]
    }
  : { subscription: subscription().subscriptionId, group: 'rg-${environmentName}', vault: 'none', name: 'none' }
var digestSecretParts = split(digestKeysInVault, '/')
var digestSecret = length(digestSecretParts) == 11
  ? {
      subscription: digestSecretParts[2]
      group: digestSecretParts[4]
      vault: digestSecretParts[8]
      name: digestSecretParts[10]
    }
  : { subscription: subscription().subscriptionId, group: 'rg-${environmentName}', vault: 'none', name: 'none' }
var regionsWithoutZones = ['ukwest']
var zones = !contains(regionsWithoutZones, location)
var redundancy = zones
  ? storageRedundancy
  : {
      Standard_LRS: 'Standard_LRS'
      Standard_ZRS: 'Standard_LRS'
      Standard_GZRS: 'Standard_GRS'
      Standard_RAGZRS: 'Standard_RAGRS'
    }[storageRedundancy]
var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName, application: 'ereferrals', stage: stage }
var stores = loadJsonContent('stores.json')
var issuer = empty(tokenIssuer) ? '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0' : tokenIssuer

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: 'rg-${environmentName}'
  location: empty(impossible) ? location : fail(join(impossible, ' '))
  tags: tags
}

module identity 'modules/identity.bicep' = {
  name: 'identity'
  scope: group
  params: {
    name: 'id-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGB: logDailyCapGB
    alertEmail: alertEmail
    pagerWebhook: pagerWebhook
    publisherPrincipalId: identity.outputs.principalId
  }
}

module network 'modules/network.bicep' = if (privateNetwork) {
  name: 'network'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    addressRange: networkAddressRange
    natGatewayId: natGatewayId
  }
}

module messaging 'modules/messaging.bicep' = {
  name: 'messaging'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    skuName: serviceBusSku
    units: serviceBusUnits
    privateNetwork: privateNetwork
    appSubnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
    principalId: identity.outputs.principalId
  }
}

module hostStorage 'modules/storage-account.bicep' = {
  name: 'host-storage'
  scope: group
  params: {
    name: 'sthost${token}'
    location: location
    tags: union(tags, { holds: 'host' })
    skuName: zones ? 'Standard_ZRS' : 'Standard_LRS'
    containers: ['deployments']
    softDeleteDays: 7
    keepVersionsDays: 7
    privateNetwork: privateNetwork
    workspaceId: monitoring.outputs.workspaceId
  }
}

module records 'modules/storage-account.bicep' = {
  name: 'records-storage'
  scope: group
  params: {
    name: 'strec${token}'
    location: location
    tags: union(tags, { holds: 'records' })
    skuName: redundancy
    containers: stores.recordsContainers
    tables: stores.tables
    softDeleteDays: 35
    pointInTimeRestoreDays: 30
    keepVersionsDays: 90
    malwareScanning: malwareScanning
    allowedAddresses: breakGlass
    lifecycleRules: [
      {
        name: 'attachments-age'
        type: 'Lifecycle'
        definition: {
          filters: { blobTypes: ['blockBlob'], prefixMatch: ['attachments/'] }
          actions: {
            baseBlob: {
              tierToCool: { daysAfterModificationGreaterThan: 60 }
              tierToCold: { daysAfterModificationGreaterThan: 365 }
            }
          }
        }
      }
    ]
    privateNetwork: privateNetwork
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
  }
}

module contingency 'modules/storage-account.bicep' = {
  name: 'contingency-storage'
  scope: group
  params: {
    name: 'stcon${token}'
    location: location
    tags: union(tags, { holds: 'contingency' })
    skuName: redundancy
    containers: concat(stores.contingencyContainers, ['undelivered-verdicts'])
    staticWebsite: statusPageContainer == '$web'
    softDeleteDays: 7
    keepVersionsDays: 35
    lifecycleRules: [
      {
        // A snapshot is overwritten up to four times a minute, and the status page once. Their versions would soon need more space than all other data.
        name: 'superseded-snapshots'
        type: 'Lifecycle'
        definition: {
          filters: { blobTypes: ['blockBlob'], prefixMatch: ['snapshots/', 'status/', '$web/'] }
          actions: { version: { delete: { daysAfterCreationGreaterThan: 1 } } }
        }
      }
      {
        name: 'old-verdicts'
        type: 'Lifecycle'
        definition: {
          filters: { blobTypes: ['blockBlob'], prefixMatch: ['undelivered-verdicts/'] }
          actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 90 } } }
        }
      }
      {
        name: 'old-packs'
        type: 'Lifecycle'
        definition: {
          filters: { blobTypes: ['blockBlob'], prefixMatch: ['packs/'] }
          actions: {
            baseBlob: { delete: { daysAfterModificationGreaterThan: 30 } }
            version: { delete: { daysAfterCreationGreaterThan: 7 } }
            // Each link reads a snapshot of its own, for 72 hours.
            snapshot: { delete: { daysAfterCreationGreaterThan: 4 } }
          }
        }
      }
    ]
    // Hospitals download their packs from here by links, especially while the service is down, so this account stays publicly reachable, without keys.
    privateNetwork: false
    allowedAddresses: privateNetwork ? packReaders : []
    logReads: true
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
  }
}

// Separate accounts, because an account with a write-once container cannot be failed over to the paired region. The others can.
var auditAccounts = [
  { module: 'audit-storage', access: 'audit-access', prefix: 'staud', holds: 'audit' }
  { module: 'audit-reserve-storage', access: 'audit-reserve-access', prefix: 'stres', holds: 'audit-reserve' }
]

module auditStorage 'modules/storage-account.bicep' = [
  for account in auditAccounts: {
    name: account.module
    scope: group
    params: {
      name: '${account.prefix}${token}'
      location: location
      tags: union(tags, { holds: account.holds })
      skuName: redundancy
      containers: stores.auditContainers
      softDeleteDays: 7
      keepVersionsDays: 7
      auditRetentionDays: auditRetentionDays
      auditLocked: auditLocked
      privateNetwork: privateNetwork
      deleteLock: deleteLocks
      workspaceId: monitoring.outputs.workspaceId
    }
  }
]

module hostAccess 'modules/host-access.bicep' = {
  name: 'host-access'
  scope: group
  params: {
    accountName: hostStorage.outputs.name
    principalId: identity.outputs.principalId
  }
}

module recordsAccess 'modules/storage-access.bicep' = {
  name: 'records-access'
  scope: group
  params: {
    accountName: records.outputs.name
    containers: stores.recordsContainers
    tables: stores.tables
    principalId: identity.outputs.principalId
  }
}

module contingencyAccess 'modules/storage-access.bicep' = {
  name: 'contingency-access'
  scope: group
  params: {
    accountName: contingency.outputs.name
    containers: union(stores.contingencyContainers, [statusPageContainer])
    signsLinks: true
    principalId: identity.outputs.principalId
  }
}

module auditAccess 'modules/storage-access.bicep' = [
  for (account, index) in auditAccounts: {
    name: account.access
    scope: group
    params: {
      accountName: auditStorage[index].outputs.name
      containers: stores.auditContainers
      principalId: identity.outputs.principalId
    }
  }
]

module secretAccess 'modules/secret-access.bicep' = if (!empty(monitoringKeyInVault)) {
  name: 'secret-access'
  scope: resourceGroup(keySecret.subscription, keySecret.group)
  params: {
    vaultName: keySecret.vault
    secretName: keySecret.name
    principalId: identity.outputs.principalId
  }
}

module cursorSecretAccess 'modules/secret-access.bicep' = if (!empty(cursorKeysInVault)) {
  name: 'cursor-secret-access'
  scope: resourceGroup(cursorSecret.subscription, cursorSecret.group)
  params: {
    vaultName: cursorSecret.vault
    secretName: cursorSecret.name
    principalId: identity.outputs.principalId
  }
}

module digestSecretAccess 'modules/secret-access.bicep' = if (!empty(digestKeysInVault)) {
  name: 'digest-secret-access'
  scope: resourceGroup(digestSecret.subscription, digestSecret.group)
  params: {
    vaultName: digestSecret.vault
    secretName: digestSecret.name
    principalId: identity.outputs.principalId
  }
}

module privateEndpoints 'modules/private-endpoints.bicep' = if (privateNetwork) {
  name: 'private-endpoints'
  scope: group
  params: {
    location: location
    tags: tags
    subnetId: network!.outputs.endpointSubnetId
    zoneIds: network!.outputs.zoneIds
    targets: [
      { name: 'host-blob', type: 'Microsoft.Storage/storageAccounts', of: hostStorage.outputs.name, part: 'blob' }
      { name: 'host-table', type: 'Microsoft.Storage/storageAccounts', of: hostStorage.outputs.name, part: 'table' }
      { name: 'records-blob', type: 'Microsoft.Storage/storageAccounts', of: records.outputs.name, part: 'blob' }
      { name: 'records-table', type: 'Microsoft.Storage/storageAccounts', of: records.outputs.name, part: 'table' }
      {
        name: 'contingency-blob'
        type: 'Microsoft.Storage/storageAccounts'
        of: contingency.outputs.name
        part: 'blob'
      }
      { name: 'audit-blob', type: 'Microsoft.Storage/storageAccounts', of: auditStorage[0].outputs.name, part: 'blob' }
      {
        name: 'audit-reserve-blob'
        type: 'Microsoft.Storage/storageAccounts'
        of: auditStorage[1].outputs.name
        part: 'blob'
      }
      { name: 'bus', type: 'Microsoft.ServiceBus/namespaces', of: messaging.outputs.namespaceName, part: 'namespace' }
    ]
  }
}

module scanning 'modules/scanning.bicep' = if (malwareScanning) {
  name: 'scanning'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    accountName: records.outputs.name
    undeliveredAccountName: contingency.outputs.name
    namespaceName: messaging.outputs.namespaceName
    capGBPerMonth: malwareScanningCapGB
    workspaceId: monitoring.outputs.workspaceId
  }
}

module app 'modules/app.bicep' = {
  name: 'app'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    hostAccountName: hostStorage.outputs.name
    recordsAccountName: records.outputs.name
    contingencyAccountName: contingency.outputs.name
    auditAccountName: auditStorage[0].outputs.name
    auditReserveAccountName: auditStorage[1].outputs.name
    namespaceName: messaging.outputs.namespaceName
    componentName: monitoring.outputs.componentName
    workspaceId: monitoring.outputs.workspaceId
    subnetId: privateNetwork ? network!.outputs.appSubnetId : ''
    instanceMemoryMB: instanceMemoryMB
    maximumInstances: maximumInstances
    alwaysReadyHttp: alwaysReadyHttp
    httpConcurrency: httpConcurrency
    zoneRedundant: zoneRedundant && zones
    tokenIssuer: issuer
    tokenAudience: tokenAudience
    tokenMetadataAddress: tokenMetadataAddress
    pageClientId: pageClientId
    pageScopes: pageScopes
    userTokenLifetime: !empty(userTokenLifetime) ? userTokenLifetime : empty(tokenIssuer) ? 'PT95M' : 'PT1H'
    applicationTokenLifetime: applicationTokenLifetime
    operatorOrganisations: operatorOrganisations
    trustedOrganisations: trustedOrganisations
    secondOperator: secondOperator
    securityContact: securityContact
    securityContactExpires: securityContactExpires
    monitoringKey: monitoringKey
    keyVaultName: empty(monitoringKeyInVault) ? '' : keySecret.vault
    keySecretName: keySecret.name
    cursorKeys: cursorKeys
    cursorVaultName: empty(cursorKeysInVault) ? '' : cursorSecret.vault
    cursorSecretName: cursorSecret.name
    digestKeys: digestKeys
    digestVaultName: empty(digestKeysInVault) ? '' : digestSecret.vault
    digestSecretName: digestSecret.name
    traceShare: traceShare
    requestsPerSecond: requestsPerSecond
    requestBurst: requestBurst
    refusalsPerMinute: refusalsPerMinute
    trustedProxies: trustedProxies
    publicAddress: publicAddress
    urgentAfter: urgentAfter
    twoWeekWaitAfter: twoWeekWaitAfter
    allowances: allowances
    clockTolerance: clockTolerance
    pollsPerServiceAndDay: pollsPerServiceAndDay
    packLinkRoles: packLinkRoles
    readLogWorkspace: monitoring.outputs.workspaceCustomerId
    scanWithin: scanWithin
    retentionDays: retentionDays
    retentionSweep: retentionSweep
    statusPageContainer: statusPageContainer
  }
  // The host accesses its storage and the queues as soon as it starts.
  dependsOn: [
    hostAccess
    recordsAccess
    contingencyAccess
    auditAccess
    secretAccess
    cursorSecretAccess
    digestSecretAccess
    privateEndpoints
  ]
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: {
    token: token
    location: location
    tags: tags
    actionGroupId: monitoring.outputs.actionGroupId
    pagerGroupId: monitoring.outputs.pagerGroupId
    componentName: monitoring.outputs.componentName
    appName: app.outputs.name
    serviceUrl: app.outputs.url
    namespaceName: messaging.outputs.namespaceName
    recordsAccountName: records.outputs.name
    contingencyAccountName: contingency.outputs.name
    auditAccountName: auditStorage[0].outputs.name
    auditReserveAccountName: auditStorage[1].outputs.name
    scanTopicName: malwareScanning ? scanning!.outputs.topicName : ''
    backlogThreshold: backlogThreshold
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  scope: group
  params: {
    location: location
    tags: tags
    componentName: monitoring.outputs.componentName
  }
}

module budget 'modules/budget.bicep' = if (monthlyBudget > 0) {
  name: 'budget'
  scope: group
  params: {
    amount: monthlyBudget
    startDate: budgetStart
    actionGroupId: monitoring.outputs.actionGroupId
  }
}

// azd stores these in its environment, and scripts/smoke.sh reads them. None is a secret.
output AZURE_RESOURCE_GROUP string = group.name
output SERVICE_URL string = app.outputs.url
output FUNCTION_APP_NAME string = app.outputs.name
output SERVICE_BUS_NAMESPACE string = messaging.outputs.namespaceName
output RECORDS_ACCOUNT string = records.outputs.name
output CONTINGENCY_ACCOUNT string = contingency.outputs.name
output AUDIT_ACCOUNT string = auditStorage[0].outputs.name
output AUDIT_RESERVE_ACCOUNT string = auditStorage[1].outputs.name
