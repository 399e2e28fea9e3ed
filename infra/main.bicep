targetScope = 'subscription'

metadata description = 'Everything that EReferrals runs on, in one resource group. infra/README.md has the table of parameters.'

@minLength(1)
@maxLength(32)
@description('Name of the azd environment: names the resource group and, hashed, everything in it.')
param environmentName string

@allowed(['uksouth', 'ukwest', 'northeurope', 'swedencentral'])
@metadata({ azd: { type: 'location' } })
@description('Region that offers Flex Consumption. Where it has no availability zones (UK West), what is said below of zones does not hold.')
param location string

@allowed(['test', 'production'])
@description('Chooses the default of every parameter below.')
param stage string = 'test'

// Who calls, and who is called when something is wrong

@description('Issuer of the bearer tokens. Empty: the Entra tenant that is deployed to.')
param tokenIssuer string = ''

@description('Audience that the tokens name.')
param tokenAudience string = 'api://ereferrals'

@description('Address of the issuer\'s OpenID configuration. Empty: the well-known place under the issuer.')
param tokenMetadataAddress string = ''

@secure()
@description('Opens /_status to monitors that carry this key. Empty: closed.')
param monitoringKey string = ''

@description('Resource id of a Key Vault secret with that key, so that no setting contains it. Overrides monitoringKey. Empty: none.')
param monitoringKeyInVault string = ''

@description('Mailbox that gets every alert. The owners of the subscription get them in any case.')
param alertEmail string = ''

@secure()
@description('Address that severity 0 and 1 alerts are posted to, in the common alert schema: the pager. Empty: none.')
param pagerWebhook string = ''

// Size

@allowed(['Standard', 'Premium'])
@description('Tier of Service Bus. It cannot be changed later. Private networking needs Premium.')
param serviceBusSku string = stage == 'production' ? 'Premium' : 'Standard'

@allowed([1, 2, 4, 8, 16])
@description('Messaging units; used with Premium.')
param serviceBusUnits int = 1

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS', 'Standard_RAGZRS'])
@description('Redundancy of all accounts but the host\'s; without its zones where the region has none.')
param storageRedundancy string = stage == 'production' ? 'Standard_RAGZRS' : 'Standard_ZRS'

@allowed([512, 2048, 4096])
@description('Memory of an instance of the app, in MB.')
param instanceMemoryMB int = 2048

@minValue(40)
@maxValue(1000)
@description('Most instances of one function group: all HTTP functions are one, every other function is one of its own.')
param maximumInstances int = stage == 'production' ? 200 : 40

@minValue(0)
@maxValue(1000)
@description('Instances kept ready for HTTP; also decides whether the two queue functions of the main path are kept ready.')
param alwaysReadyHttp int = stage == 'production' ? 3 : 0

@minValue(1)
@maxValue(1000)
@description('HTTP requests that an instance works on at a time.')
param httpConcurrency int = 32

@description('Spread the app over availability zones, where the region has them. Azure then keeps two instances ready for every function group.')
param zoneRedundant bool = stage == 'production'

@minValue(0)
@description('Requests per second that one application may send before it is answered 429. 0: no limit.')
param requestsPerSecond int = stage == 'production' ? 10 : 0

@minValue(1)
@description('Requests that one application may send at once above the limit.')
param requestBurst int = 50

@description('Duration (ISO 8601) after which an unopened urgent referral is reported to both sides.')
param urgentAfter string = 'PT48H'

@description('The same for a two-week-wait referral.')
param twoWeekWaitAfter string = 'PT24H'

@description('How long a state may last, by priority, before the referral is overdue: P2D are working days, PT48H is clock time.')
param allowances safetyNet = {
  Review: { Routine: 'P40D' }
  Triaged: { TwoWeekWait: 'P2D', Urgent: 'P5D', Routine: 'P40D' }
  Deferred: { TwoWeekWait: 'P5D', Urgent: 'P10D', Routine: 'P40D' }
  AppointmentCancelled: { TwoWeekWait: 'P2D', Urgent: 'P5D', Routine: 'P40D' }
  NotBooked: { TwoWeekWait: 'P1D', Urgent: 'P3D', Routine: 'P10D' }
  Outcome: { TwoWeekWait: 'P1D', Urgent: 'P2D', Routine: 'P5D' }
  CameBack: { TwoWeekWait: 'P1D', Urgent: 'P3D', Routine: 'P10D' }
}

@description('How far (ISO 8601) the clock of a caller may be ahead of ours.')
param clockTolerance string = 'PT5M'

@description('How long (ISO 8601) a file may wait for the malware scanner before its referral shows a delay.')
param scanWithin string = 'PT30M'

@allowed(['status', '$web'])
@description('Container of the contingency account that the status page is written to. $web once the account serves a static website.')
param statusPageContainer string = 'status'

// Protection

@description('Reach storage and Service Bus through private endpoints. The contingency account stays open to links as well.')
param privateNetwork bool = stage == 'production'

@description('Address range of the network; used with privateNetwork. A /24 or larger.')
param networkAddressRange string = '10.70.0.0/16'

@description('Resource id of a NAT gateway for the way out, so that it has fixed addresses; used with privateNetwork. Empty: Azure\'s default way out.')
param natGatewayId string = ''

@description('Address ranges from which hospitals read packs by their links, and anybody the status page from $web; used with privateNetwork. Empty: from anywhere.')
param packReaderAddresses string[] = []

@description('Address ranges, separated by commas, from which operators may reach the records account for as long as they stand here; used with privateNetwork.')
param breakGlassAddresses string = ''

@description('Scan uploaded attachments with Defender for Storage. Without it no attachment is ever released.')
param malwareScanning bool = true

@minValue(-1)
@description('Gigabytes that are scanned in a month at most; -1: no limit. What comes after stays unreleased.')
param malwareScanningCapGB int = stage == 'production' ? -1 : 50

@minValue(1)
@maxValue(146000)
@description('Days that an audit record can be neither changed nor deleted.')
param auditRetentionDays int = stage == 'production' ? 2922 : 1

@description('The write-once policies are locked for good, so that the template leaves them alone.')
param auditLocked bool = false

@description('Lock the data accounts and the namespace against deletion. azd down fails while they are locked.')
param deleteLocks bool = stage == 'production'

// Watching

@minValue(30)
@maxValue(730)
@description('Days that logs and metrics are kept.')
param logRetentionDays int = stage == 'production' ? 90 : 30

@description('Share of the traces that is kept, from 0 to 1. Metrics, which the alerts read, are all kept.')
param traceShare string = stage == 'production' ? '0.1' : '1'

@minValue(-1)
@description('Gigabytes of logs a day at most; -1: no limit. A limit that is reached blinds the log alerts.')
param logDailyCapGB int = stage == 'production' ? -1 : 1

@description('Messages waiting on one queue that are too many when it never has fewer for a quarter of an hour.')
param backlogThreshold int = stage == 'production' ? 5000 : 500

@minValue(0)
@description('Monthly budget in the currency of the subscription. 0: none. It is made once; what is changed here later does not reach it.')
param monthlyBudget int = stage == 'production' ? 8000 : 150

@description('First day of the budget; the first of a month.')
param budgetStart string = utcNow('yyyy-MM-01')

@sealed()
type limits = {
  TwoWeekWait: string?
  Urgent: string?
  Routine: string?
}

// urgentAfter and twoWeekWaitAfter are the other two of a review.
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

// What cannot work is said here, and not half-way through a deployment.
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
    !privateNetwork && !empty(breakGlassAddresses)
      ? 'breakGlassAddresses needs privateNetwork: without it the account is open already.'
      : ''
    !empty(monitoringKeyInVault) && length(keySecretParts) != 11
      ? 'monitoringKeyInVault must be a resource id: /subscriptions/.../resourceGroups/.../providers/Microsoft.KeyVault/vaults/NAME/secrets/NAME.'
      : ''
    !empty(singleAddressRanges)
      ? 'A storage account takes no address range of /31 or /32: name single addresses without it.'
      : ''
    malwareScanning && malwareScanningCapGB == 0
      ? 'malwareScanningCapGB 0 would scan nothing: use -1 for no limit.'
      : ''
    logDailyCapGB == 0 ? 'logDailyCapGB 0 would keep no logs: use -1 for no limit.' : ''
    alwaysReadyHttp > maximumInstances ? 'alwaysReadyHttp is more than maximumInstances.' : ''
  ],
  sentence => !empty(sentence)
)
var breakGlass = empty(breakGlassAddresses) ? [] : split(replace(breakGlassAddresses, ' ', ''), ',')
var singleAddressRanges = filter(
  concat(packReaderAddresses, breakGlass),
  range => endsWith(range, '/31') || endsWith(range, '/32')
)
var keySecretParts = split(monitoringKeyInVault, '/')
// The template needs names also without a secret, and Azure a resource group that is there, although nothing is deployed to it.
var keySecret = length(keySecretParts) == 11
  ? { subscription: keySecretParts[2], group: keySecretParts[4], vault: keySecretParts[8], name: keySecretParts[10] }
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
        // A snapshot is overwritten up to four times a minute, the status page once: their versions would soon outweigh everything else.
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
          }
        }
      }
    ]
    // Hospitals read their packs here by links, above all when the service is gone: this door stays open, without keys.
    privateNetwork: false
    allowedAddresses: privateNetwork ? packReaderAddresses : []
    logReads: true
    deleteLock: deleteLocks
    workspaceId: monitoring.outputs.workspaceId
  }
}

// Two accounts of their own: one that holds a write-once container can never be moved to the pair, and must not hold the others back.
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
    monitoringKey: monitoringKey
    keyVaultName: empty(monitoringKeyInVault) ? '' : keySecret.vault
    keySecretName: keySecret.name
    traceShare: traceShare
    requestsPerSecond: requestsPerSecond
    requestBurst: requestBurst
    urgentAfter: urgentAfter
    twoWeekWaitAfter: twoWeekWaitAfter
    allowances: allowances
    clockTolerance: clockTolerance
    scanWithin: scanWithin
    statusPageContainer: statusPageContainer
  }
  // The host reads its storage and the queues as soon as it starts.
  dependsOn: [hostAccess, recordsAccess, contingencyAccess, auditAccess, secretAccess, privateEndpoints]
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

// azd keeps these in its environment; scripts/smoke.sh reads them. None is a secret.
output AZURE_RESOURCE_GROUP string = group.name
output SERVICE_URL string = app.outputs.url
output FUNCTION_APP_NAME string = app.outputs.name
output SERVICE_BUS_NAMESPACE string = messaging.outputs.namespaceName
output RECORDS_ACCOUNT string = records.outputs.name
output CONTINGENCY_ACCOUNT string = contingency.outputs.name
