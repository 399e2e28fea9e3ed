using System.Reflection;
using EReferrals.ApiDocs;
using EReferrals.Ers.Files;
using EReferrals.Ers.Monitoring;
using EReferrals.Http;
using EReferrals.Referrals.Organisations;
using EReferrals.Referrals.Values;
using EReferrals.Security;
using EReferrals.Status;
using EReferrals.Status.Health;
using EReferrals.Status.Page;
using EReferrals.Web;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace EReferrals.Tests.Policy;

/// <summary>The access table: one line for every HTTP function. A new or changed function changes this table, so that a reviewer sees it.</summary>
public sealed class FunctionPolicyTests
{
    private const string Open = "anybody";

    // Common groups of roles, in the order of the enum.
    private const string ReferralReaders = "RC RCA SPC SPCA APP-P";
    private const string ListReaders = "RC RCA RA SPC SPCA SPA APP-P";
    private const string AnyRole =
        "RC RCA RA SPC SPCA SPA SD OPERATOR APP-P APP-R COMMISSIONER INFORMATION_ANALYST BOOKING_MANAGER ADDITIONAL_REQUIREMENTS_MANAGER";

    // METHODS /route = roles, or "anybody".
    private static readonly string[] Table =
    [
        "DELETE /v1/operations/messages/{id} = OPERATOR",
        "DELETE /v1/operations/pack-links/{organisation} = OPERATOR",
        "DELETE /v1/operations/referrals/{ubrn}/legal-hold = OPERATOR",
        "DELETE /v1/services/{id}/slots/{slot} = SPA SD",
        "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT,TRACE /{*path} = anybody",
        "GET,HEAD / = anybody",
        "GET,HEAD /.well-known/security.txt = anybody",
        "GET,HEAD /_ping = anybody",
        "GET,HEAD /_status = anybody",
        "GET,HEAD /app/config.json = anybody",
        "GET,HEAD /app/files/{version}/{*name} = anybody",
        "GET,HEAD /app/{*view} = anybody",
        "GET,HEAD /docs = anybody",
        "GET,HEAD /health/live = anybody",
        "GET,HEAD /health/ready = anybody",
        "GET,HEAD /openapi.json = anybody",
        $"GET,HEAD /v1/attachments/{{id}} = {ReferralReaders}",
        $"GET,HEAD /v1/attachments/{{id}}/status = {ReferralReaders}",
        "GET,HEAD /v1/operations/audit/verify = OPERATOR",
        "GET,HEAD /v1/operations/audit = OPERATOR",
        "GET,HEAD /v1/operations/confirmations = OPERATOR",
        "GET,HEAD /v1/operations/confirmations/{id} = OPERATOR",
        "POST /v1/operations/confirmations/{id}/confirm = OPERATOR",
        "GET,HEAD /v1/operations/dead-letters = OPERATOR",
        "GET,HEAD /v1/operations/dead-letters/{id} = OPERATOR",
        "GET,HEAD /v1/operations/mode = OPERATOR",
        "GET,HEAD /v1/operations/messages = OPERATOR",
        "GET,HEAD /v1/operations/referrals/{ubrn}/retention = OPERATOR",
        "GET,HEAD /v1/operations/retention = OPERATOR",
        "GET,HEAD /v1/operations/organisation-transfers = OPERATOR",
        "GET,HEAD /v1/operations/organisation-transfers/{id} = OPERATOR",
        $"GET,HEAD /v1/referrals/{{ubrn}} = {ReferralReaders}",
        $"GET,HEAD /v1/referrals/{{ubrn}}/history = {ReferralReaders}",
        $"GET,HEAD /v1/services = {AnyRole}",
        $"GET,HEAD /v1/services/{{id}} = {AnyRole}",
        $"GET,HEAD /v1/services/{{id}}/history = {AnyRole}",
        "GET,HEAD /v1/services/{id}/slots = RC RCA RA SPC SPCA SPA SD APP-P",
        $"GET,HEAD /v1/contingency = {ReferralReaders}",
        "GET,HEAD /v1/status = anybody",
        $"GET,HEAD /v1/worklists = {ListReaders}",
        $"GET,HEAD /v1/worklists/{{list}} = {ListReaders}",
        $"GET,HEAD /v1/worklists/{{list}}/changes = {ListReaders}",
        $"GET,HEAD /v1/worklists/{{list}}/export.csv = {ListReaders}",
        $"GET,HEAD /v1/worklists/{{list}}/print = {ListReaders}",
        "POST /v1/attachments = RC RCA SPC SPCA",
        "POST /v1/operations/messages = OPERATOR",
        "POST /v1/operations/organisation-transfers = OPERATOR",
        "POST /v1/operations/referrals/{ubrn}/erase = OPERATOR",
        "POST /v1/contingency/reconcile = SPC SPCA SPA APP-P",
        "POST /v1/operations/dead-letters/{id}/discard = OPERATOR",
        "POST /v1/operations/dead-letters/{id}/replay = OPERATOR",
        "POST /v1/referrals = RC RCA",
        "POST /v1/referrals/{ubrn}/accept = SPC SPCA APP-P",
        "POST /v1/referrals/{ubrn}/acknowledge = RC RCA RA",
        "POST /v1/referrals/{ubrn}/appointment/cancel = RC RCA SPC SPCA SPA",
        "POST /v1/referrals/{ubrn}/appointment/outcome = SPC SPCA SPA",
        "POST /v1/referrals/{ubrn}/appointment/outcome/correct = SPC SPCA SPA",
        "POST /v1/referrals/{ubrn}/book = RC RCA SPC SPCA SPA",
        "POST /v1/referrals/{ubrn}/cancel = RC RCA SPC SPCA APP-P",
        "POST /v1/referrals/{ubrn}/defer = RC RCA",
        "POST /v1/referrals/{ubrn}/letters = RC RCA",
        "POST /v1/referrals/{ubrn}/patient = RC RCA",
        "POST /v1/referrals/{ubrn}/redirect = RC RCA",
        "POST /v1/referrals/{ubrn}/reject = SPC SPCA",
        "POST /v1/referrals/{ubrn}/return = SPC SPCA APP-P",
        "POST /v1/referrals/{ubrn}/send-for-triage = RC RCA",
        "POST /v1/referrals/{ubrn}/shortlist = RC RCA",
        "POST /v1/services/{id}/approve = OPERATOR",
        "POST /v1/services/{id}/reject = OPERATOR",
        "POST /v1/services/{id}/withdraw = OPERATOR",
        "GET,HEAD /referrals/FHIR/STU3/CodeSystem/{type} = RC RCA SPC SPCA APP-P APP-R",
        "GET,HEAD /referrals/FHIR/STU3/ReferralRequest/{ubrn} = RC RCA SPC SPCA APP-P",
        "GET,HEAD /referrals/FHIR/STU3/ReferralRequest/{ubrn}/_history/{version} = RC RCA SPC SPCA APP-P",
        "GET,HEAD /referrals/FHIR/STU3/Appointment/{id} = RC RCA SPC SPCA",
        "GET,HEAD /referrals/FHIR/STU3/Appointment/{id}/_history/{version} = RC RCA SPC SPCA",
        "GET,HEAD /referrals/FHIR/STU3/Binary/{id} = RC RCA SPC SPCA APP-P",
        "GET,HEAD /referrals/FHIR/STU3/Slot = RC RCA",
        "GET,HEAD /referrals/FHIR/STU3/Task = RC RCA SPC SPCA APP-P",
        "GET,HEAD /referrals/FHIR/R4/Binary/{id} = RC RCA SPC SPCA APP-P",
        "GET,HEAD /referrals/FHIR/R4/Binary/{id}/content/{ticket} = anybody",
        $"GET,HEAD /referrals/FHIR/R4/PractitionerRole = {AnyRole.Replace(" APP-P APP-R", "", StringComparison.Ordinal)}",
        "GET,HEAD /referrals/FHIR/R4/ServiceRequest = RC RCA SPC SPCA",
        "GET,HEAD /referrals/FHIR/_ping = anybody",
        "GET,HEAD /referrals/FHIR/_status = anybody",
        "POST /referrals/FHIR/STU3/Appointment = RC RCA",
        "POST /referrals/FHIR/STU3/Binary = RC RCA SPC SPCA",
        "POST /referrals/FHIR/STU3/ReferralRequest/$ers.createReferral = RC RCA",
        "POST /referrals/FHIR/STU3/ReferralRequest/$ers.fetchworklist = RC RCA RA SPC SPCA SPA APP-P",
        "POST /referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.acceptReferral = SPC SPCA APP-P",
        "POST /referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.cancelReferral = RC RCA SPC SPCA APP-P",
        "POST /referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.changeShortlist = RC RCA",
        "POST /referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.maintainReferralLetter = RC RCA",
        "POST /referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.recordReviewOutcome = SPC SPCA APP-P",
        "POST /referrals/FHIR/STU3/ReferralRequest/{ubrn}/$ers.rejectReferral = SPC SPCA",
        "PUT /v1/operations/mode = OPERATOR",
        "PUT /v1/operations/referrals/{ubrn}/legal-hold = OPERATOR",
        "PUT /v1/services/{id} = SD",
        "PUT /v1/services/{id}/slots = SPA SD",
    ];

    private static readonly Type[] OpenFunctions =
    [
        typeof(GetPingFunction), typeof(GetLivenessFunction), typeof(GetReadinessFunction), typeof(GetStatusFunction), typeof(GetErsStatusFunction),
        typeof(GetStatusPageFunction), typeof(GetOpenApiFunction), typeof(GetDocsPageFunction), typeof(UnknownRouteFunction),
        typeof(PingErsFunction), typeof(MonitorErsFunction), typeof(FollowFileFunction),
        typeof(GetSecurityTextFunction), typeof(GetAppPageFunction), typeof(GetAppFileFunction), typeof(GetAppConfigFunction),
    ];

    private static readonly MethodInfo[] Functions =
    [
        .. typeof(EReferrals.Program).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(FunctionAttribute))),
    ];

    [Fact]
    public void Every_HTTP_function_matches_its_line_in_the_table() =>
        // Compare as text, so that a failure shows whole lines.
        Assert.Equal(
            string.Join('\n', Table.Order(StringComparer.Ordinal)),
            string.Join('\n', Functions.Where(IsHttp).Select(Line).Order(StringComparer.Ordinal)));

    [Fact]
    public void Every_HTTP_function_declares_who_may_call_it()
    {
        foreach (var function in Functions.Where(IsHttp))
        {
            var access = DeclaredAccess.From(function);
            Assert.True(access.IsOpen || access.Roles.Count > 0, $"{Name(function)} lacks [Requires] or [Anonymous].");
            Assert.False(
                function.IsDefined(typeof(RequiresAttribute)) && function.IsDefined(typeof(AnonymousAttribute)), $"{Name(function)} declares both.");
            // The middleware finds the declaration by the entry point that the platform reports.
            Assert.Equal(access.IsOpen, DeclaredAccess.From($"{function.DeclaringType!.FullName}.{function.Name}").IsOpen);
        }
    }

    [Fact]
    public void Only_status_health_API_documentation_and_the_files_of_the_page_are_anonymous() =>
        Assert.Equal(
            OpenFunctions.Select(type => type.Name).Order(),
            Functions.Where(function => function.IsDefined(typeof(AnonymousAttribute))).Select(function => function.DeclaringType!.Name).Order());

    [Fact]
    public void Every_HTTP_function_is_a_sealed_class_of_its_own_named_after_its_task()
    {
        foreach (var function in Functions.Where(IsHttp))
        {
            var type = function.DeclaringType!;
            Assert.True(type is { IsSealed: true, IsPublic: true } && type.Name.EndsWith("Function", StringComparison.Ordinal), Name(function));
            // The catch-all function has another name, so that it sorts last.
            if (type != typeof(UnknownRouteFunction)) Assert.Equal(type.Name, function.GetCustomAttribute<FunctionAttribute>()!.Name);
            if (type != typeof(UnknownRouteFunction))
            {
                Assert.StartsWith(function.Name.Replace("Async", "", StringComparison.Ordinal), type.Name, StringComparison.Ordinal);
            }

            Assert.Single(Functions, other => other.DeclaringType == type);
        }
    }

    [Fact]
    public void Every_HTTP_function_declares_its_level_and_methods_and_returns_one_response()
    {
        foreach (var function in Functions.Where(IsHttp))
        {
            var trigger = Trigger(function)!;
            Assert.Equal(AuthorizationLevel.Anonymous, trigger.AuthLevel);
            Assert.NotEmpty(trigger.Methods ?? []);
            Assert.True(trigger.Route is not null, $"{Name(function)} has no route.");
            Assert.True(function.ReturnType == typeof(Task<HttpResponseData>) || function.ReturnType == typeof(HttpResponseData), Name(function));
        }
    }

    [Fact]
    public void Every_GET_function_also_accepts_HEAD() => Assert.All(
        Functions.Where(IsHttp).Select(function => Trigger(function)!.Methods!), methods => Assert.Equal(methods.Contains("get"), methods.Contains("head")));

    [Fact]
    public void The_catch_all_function_sorts_last_by_name_because_the_host_matches_in_that_order()
    {
        var names = Functions.Select(function => function.GetCustomAttribute<FunctionAttribute>()!.Name).ToArray();

        Assert.Equal(UnknownRouteFunction.Name, names.Order(StringComparer.Ordinal).Last());
        Assert.Equal(UnknownRouteFunction.Name, names.Order(StringComparer.OrdinalIgnoreCase).Last());
    }

    [Fact]
    public void Every_queue_function_settles_its_messages_itself()
    {
        var triggers = Functions.SelectMany(function => function.GetParameters())
            .Select(parameter => parameter.GetCustomAttribute<ServiceBusTriggerAttribute>())
            .OfType<ServiceBusTriggerAttribute>();
        foreach (var trigger in triggers)
        {
            Assert.Equal("ServiceBusConnection", trigger.Connection);
            Assert.False(trigger.AutoCompleteMessages);
        }
    }

    private static bool IsHttp(MethodInfo function) => Trigger(function) is not null;

    private static HttpTriggerAttribute? Trigger(MethodInfo function) =>
        function.GetParameters().Select(parameter => parameter.GetCustomAttribute<HttpTriggerAttribute>()).OfType<HttpTriggerAttribute>().SingleOrDefault();

    private static string Line(MethodInfo function)
    {
        var trigger = Trigger(function)!;
        var methods = string.Join(',', trigger.Methods!.Select(method => method.ToUpperInvariant()).Order(StringComparer.Ordinal));
        var access = DeclaredAccess.From(function);
        var who = access.IsOpen ? Open : string.Join(' ', access.Roles.Order().Select(Short));
        return $"{methods} /{trigger.Route!.TrimStart('/')} = {who}";
    }

    private static string Short(Role role) => role switch
    {
        Role.ReferringClinician => "RC",
        Role.ReferringClinicianAdmin => "RCA",
        Role.ReferringAdmin => "RA",
        Role.ServiceProviderClinician => "SPC",
        Role.ServiceProviderClinicianAdmin => "SPCA",
        Role.ServiceProviderAdmin => "SPA",
        Role.ServiceDefiner => "SD",
        Role.ProviderAuthorisedApplication => "APP-P",
        Role.ReferrerAuthorisedApplication => "APP-R",
        _ => Code.From(role),
    };

    private static string Name(MethodInfo function) => $"{function.DeclaringType!.FullName}.{function.Name}";
}
