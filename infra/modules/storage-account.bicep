metadata description = 'A storage account without keys and without public blobs: its containers, tables, protection and logs.'

@maxLength(24)
param name string

param location string
param tags object

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_RAGRS', 'Standard_GZRS', 'Standard_RAGZRS'])
param skuName string

param containers string[]
param tables string[] = []
param lifecycleRules array = []

@description('Number of days for which a deleted blob, version or container can be restored.')
param softDeleteDays int

@description('Number of days for point-in-time restore of block blobs; fewer than softDeleteDays. 0: off.')
param pointInTimeRestoreDays int = 0

@description('Number of days for which blobs in the container audit can be neither changed nor deleted. 0: no such container.')
param auditRetentionDays int = 0

@description('Whether the policy of that container is locked. Azure then refuses to write it again.')
param auditLocked bool = false

@description('Number of days after which previous versions are deleted.')
param keepVersionsDays int

@description('Whether the container $web is served as a website.')
param staticWebsite bool = false

@description('Whether Defender scans uploaded blobs.')
param malwareScanning bool = false

@description('Whether the account is only accessible through private endpoints.')
param privateNetwork bool

@description('Address ranges with access from outside. Empty: all addresses, with a token or a link.')
param allowedAddresses string[] = []

@description('Whether reads of blobs are logged, for accounts that are not only read by the service.')
param logReads bool = false

param deleteLock bool = false
param workspaceId string

var turnsBack = pointInTimeRestoreDays > 0
// Lifecycle rules do not apply to write-once containers. infra/RUNBOOK.md describes how the audit trail is deleted.
var superseded = {
  name: 'superseded'
  type: 'Lifecycle'
  definition: {
    filters: { blobTypes: ['blockBlob', 'appendBlob'] }
    actions: { version: { delete: { daysAfterCreationGreaterThan: keepVersionsDays } } }
  }
}

resource account 'Microsoft.Storage/storageAccounts@2025-08-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: skuName }
  properties: {
    accessTier: 'Hot'
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    isLocalUserEnabled: false
    isSftpEnabled: false
    allowedCopyScope: 'AAD'
    publicNetworkAccess: privateNetwork && empty(allowedAddresses) ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: privateNetwork || !empty(allowedAddresses) ? 'Deny' : 'Allow'
      bypass: 'AzureServices'
      ipRules: [for address in allowedAddresses: { value: address, action: 'Allow' }]
      // Defender adds this itself when it is enabled. A later deployment without it would remove it.
      resourceAccessRules: malwareScanning
        ? [
            {
              tenantId: tenant().tenantId
              resourceId: subscriptionResourceId('Microsoft.Security/datascanners', 'StorageDataScanner')
            }
          ]
        : []
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2025-08-01' = {
  parent: account
  name: 'default'
  properties: {
    isVersioningEnabled: true
    changeFeed: { enabled: turnsBack }
    deleteRetentionPolicy: { enabled: true, days: softDeleteDays }
    containerDeleteRetentionPolicy: { enabled: true, days: softDeleteDays }
    staticWebsite: staticWebsite
      ? { enabled: true, indexDocument: 'index.html', errorDocument404Path: 'index.html' }
      : { enabled: false }
    restorePolicy: turnsBack ? { enabled: true, days: pointInTimeRestoreDays } : { enabled: false }
  }
}

resource blobContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-08-01' = [
  for container in containers: {
    parent: blobs
    name: container
    properties: { publicAccess: 'None' }
  }
]

resource auditContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2025-08-01' existing = {
  parent: blobs
  name: 'audit'
}

// Allows appending, but no other change and no deletion. An operator locks it permanently: infra/README.md.
resource writeOnce 'Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies@2025-08-01' = if (auditRetentionDays > 0 && !auditLocked) {
  parent: auditContainer
  name: 'default'
  properties: {
    immutabilityPeriodSinceCreationInDays: max(auditRetentionDays, 1)
    allowProtectedAppendWrites: true
  }
  dependsOn: [blobContainers]
}

resource tableService 'Microsoft.Storage/storageAccounts/tableServices@2025-08-01' = {
  parent: account
  name: 'default'
}

resource accountTables 'Microsoft.Storage/storageAccounts/tableServices/tables@2025-08-01' = [
  for table in tables: {
    parent: tableService
    name: table
  }
]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2025-08-01' = {
  parent: account
  name: 'default'
  properties: { policy: { rules: concat(lifecycleRules, [superseded]) } }
  dependsOn: [blobs]
}

// Reads and writes by the service are in its audit trail, so the log has only deletions, and reads where logReads is set.
#disable-next-line use-recent-api-versions // The stable version is ten years old and knows no category groups.
resource blobDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageDelete', enabled: true }
      { category: 'StorageRead', enabled: logReads }
    ]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

#disable-next-line use-recent-api-versions // The stable version is ten years old and knows no category groups.
resource tableDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: tableService
  properties: {
    workspaceId: workspaceId
    logs: [{ category: 'StorageDelete', enabled: true }]
    metrics: [{ category: 'Transaction', enabled: true }]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  name: 'keep'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds patient records.'
  }
}

output name string = account.name
