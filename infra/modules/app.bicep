metadata description = 'The function app on a Flex Consumption plan, its settings and its logs.'

param token string
param location string
param tags object
param identityId string
param identityClientId string
param hostAccountName string
param recordsAccountName string
param contingencyAccountName string
param auditAccountName string
param auditReserveAccountName string
param namespaceName string
param componentName string
param workspaceId string

@description('Subnet for the outgoing traffic of the app. Empty: none.')
param subnetId string

param instanceMemoryMB int
param maximumInstances int
param alwaysReadyHttp int
param httpConcurrency int
param zoneRedundant bool
param tokenIssuer string
param tokenAudience string
param tokenMetadataAddress string
param pageClientId string
param pageScopes string
param userTokenLifetime string
param applicationTokenLifetime string
param operatorOrganisations string
param trustedOrganisations string
param secondOperator string
param securityContact string
param securityContactExpires string

@secure()
param monitoringKey string

@description('Key Vault that contains the monitoring key. Empty: none.')
param keyVaultName string

param keySecretName string

@secure()
param cursorKeys string

@description('Key Vault that contains the keys of cursors. Empty: none.')
param cursorVaultName string

param cursorSecretName string

@secure()
param digestKeys string

@description('Key Vault that contains the keys of the audit trail. Empty: none.')
param digestVaultName string

param digestSecretName string

@description('Share of the traces that is kept, from 0 to 1.')
param traceShare string

param requestsPerSecond int
param requestBurst int
param refusalsPerMinute int
param trustedProxies int

@description('Address in the links of the e-RS API; empty for the host that the request names.')
param publicAddress string
param urgentAfter string
param twoWeekWaitAfter string

@description('How long a state may last, by state and priority.')
param allowances object

param clockTolerance string
param pollsPerServiceAndDay int
param packLinkRoles string

@description('Id of the workspace with the log of reads of packs.')
param readLogWorkspace string

param scanWithin string
@description('Number of days for which each kind of data is kept.')
param retentionDays object

param retentionSweep string
param statusPageContainer string

resource hostAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: hostAccountName
}

resource recordsAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: recordsAccountName
}

resource contingencyAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: contingencyAccountName
}

resource auditAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: auditAccountName
}

resource auditReserveAccount 'Microsoft.Storage/storageAccounts@2025-08-01' existing = {
  name: auditReserveAccountName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' existing = {
  name: namespaceName
}

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

// If HTTP has always-ready instances, so have the two functions between the acceptance of a referral and the worklists.
var alwaysReady = alwaysReadyHttp == 0
  ? []
  : [
      { name: 'http', instanceCount: alwaysReadyHttp }
      { name: 'function:ProcessSubmissionFunction', instanceCount: 2 }
      { name: 'function:UpdateWorklistFunction', instanceCount: 2 }
    ]

var settings = {
  AZURE_CLIENT_ID: identityClientId
  AzureWebJobsStorage__accountName: hostAccount.name
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: component.properties.ConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  // Set explicitly, because the default of the exporter is five traces a second.
  OTEL_TRACES_SAMPLER: 'microsoft.fixed_percentage'
  OTEL_TRACES_SAMPLER_ARG: traceShare
  ServiceBusConnection__fullyQualifiedNamespace: split(split(namespace.properties.serviceBusEndpoint, '://')[1], ':')[0]
  ServiceBusConnection__credential: 'managedidentity'
  ServiceBusConnection__clientId: identityClientId
  Records__TableEndpoint: recordsAccount.properties.primaryEndpoints.table
  Records__BlobEndpoint: recordsAccount.properties.primaryEndpoints.blob
  Contingency__BlobEndpoint: contingencyAccount.properties.primaryEndpoints.blob
  Audit__BlobEndpoint: auditAccount.properties.primaryEndpoints.blob
  AuditReserve__BlobEndpoint: auditReserveAccount.properties.primaryEndpoints.blob
  Security__Issuer: tokenIssuer
  Security__Audience: tokenAudience
  Web__ClientId: pageClientId
  Web__Scopes: pageScopes
  Security__UserLifetime: userTokenLifetime
  Security__ApplicationLifetime: applicationTokenLifetime
  Security__RefusalsPerMinute: string(refusalsPerMinute)
  Security__TrustedProxies: string(trustedProxies)
  Operations__Organisations: operatorOrganisations
  Directory__TrustedOrganisations: trustedOrganisations
  Operations__SecondOperator: secondOperator
  Security__Contact: securityContact
  Security__ContactExpires: securityContactExpires
  SafetyNet__UrgentAfter: urgentAfter
  SafetyNet__TwoWeekWaitAfter: twoWeekWaitAfter
  ClockTolerance: clockTolerance
  Ers__PublicAddress: publicAddress
  Ers__PollsPerServiceAndDay: string(pollsPerServiceAndDay)
  Contingency__LinkRoles: packLinkRoles
  Contingency__ReadLogWorkspace: readLogWorkspace
  Attachments__ScanWithin: scanWithin
  Retention__Sweep: retentionSweep
  // The largest body is an attachment of 5 MB. The host holds a body in memory before it calls a function, and by default accepts 100 MB.
  FUNCTIONS_REQUEST_BODY_SIZE_LIMIT: '8388608'
  // The status page is at the root of the site.
  AzureWebJobsDisableHomepage: 'true'
  Canary__Enabled: 'true'
  Status__PageContainer: statusPageContainer
}
var metadataSettings = empty(tokenMetadataAddress) ? {} : { Security__MetadataAddress: tokenMetadataAddress }
// The platform reads the secret with the identity of keyVaultReferenceIdentity.
var monitorSettings = !empty(keyVaultName)
  ? { Status__MonitoringKey: '@Microsoft.KeyVault(VaultName=${keyVaultName};SecretName=${keySecretName})' }
  : empty(monitoringKey) ? {} : { Status__MonitoringKey: monitoringKey }
var cursorSettings = {
  Cursors__Keys: empty(cursorVaultName)
    ? cursorKeys
    : '@Microsoft.KeyVault(VaultName=${cursorVaultName};SecretName=${cursorSecretName})'
}
var digestSettings = {
  Audit__DigestKeys: empty(digestVaultName)
    ? digestKeys
    : '@Microsoft.KeyVault(VaultName=${digestVaultName};SecretName=${digestSecretName})'
}
var allowanceSettings = toObject(
  flatten(map(
    items(allowances),
    state =>
      map(items(state.value), priority => { name: 'SafetyNet__${state.key}__${priority.key}', within: priority.value })
  )),
  setting => setting.name,
  setting => setting.within
)
var retentionSettings = toObject(items(retentionDays), kind => 'Retention__${kind.key}', kind => string(kind.value))
var limitSettings = requestsPerSecond == 0
  ? {}
  : {
      RateLimit__RequestsPerSecond: string(requestsPerSecond)
      RateLimit__Burst: string(requestBurst)
    }

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: 'plan-${token}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: 'func-${token}'
  location: location
  tags: union(tags, { 'azd-service-name': 'referrals' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled'
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${hostAccount.properties.primaryEndpoints.blob}deployments'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReady
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
    }
  }

  resource appSettings 'config' = {
    name: 'appsettings'
    properties: union(
      settings,
      allowanceSettings,
      retentionSettings,
      metadataSettings,
      monitorSettings,
      cursorSettings,
      digestSettings,
      limitSettings
    )
  }

  resource ftpPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scmPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

#disable-next-line use-recent-api-versions // The stable version is ten years old and knows no category groups.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    // The logs of the functions already go to Application Insights. A second copy would cost the same again.
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

output name string = app.name
output url string = 'https://${app.properties.defaultHostName}'
