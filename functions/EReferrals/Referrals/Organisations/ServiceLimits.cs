using EReferrals.Referrals.Values;

namespace EReferrals.Referrals.Organisations;

/// <summary>
/// Checks what a service offers according to the directory: specialty, clinic types and ages. A request that does not fit is refused. A submission
/// that was accepted without reading the directory is kept: it is listed under what the service offers, and gets a problem that says so. Whether
/// the service is open, takes referrals and takes the priority is decided by <see cref="ReferralRules.WhyServiceCannotTake"/>. Gender, site,
/// instructions and contact are for people to read and have no effect; bookable has an effect on bookings only.
/// </summary>
public static class ServiceLimits
{
    /// <summary>Returns a refusal for each requested value that the service does not offer.</summary>
    /// <param name="today">The date in the United Kingdom.</param>
    public static IReadOnlyList<Refusal> Faults(Service service, string? specialty, string? clinicType, DateOnly? birthDate, DateOnly today)
    {
        var faults = new List<Refusal>();
        if (specialty is not null && specialty != service.Specialty)
        {
            var message = $"Service {service.Id} has the specialty {service.Specialty}.";
            faults.Add(new Refusal("SpecialtyMustBeOffered", "INAPPROPRIATE_VALUE", message, "/specialty"));
        }

        if (clinicType is not null && !Offers(service, clinicType))
        {
            var message = $"Service {service.Id} offers only {string.Join(", ", service.ClinicTypes)}.";
            faults.Add(new Refusal("ClinicTypeMustBeOffered", "INAPPROPRIATE_VALUE", message, "/clinicType"));
        }

        if (WhyPatientIsNotSeen(service, birthDate, today) is { } refusal) faults.Add(refusal with { Pointer = "/patient/birthDate" });
        return faults;
    }

    /// <summary>Returns why the service does not see a patient of this age; null when it does, or when the age is not known.</summary>
    public static Refusal? WhyPatientIsNotSeen(Service service, DateOnly? birthDate, DateOnly today)
    {
        if (birthDate is not { } born) return null;
        var age = AgeOf(born, today);
        return age >= (service.AgeFrom ?? 0) && age <= (service.AgeTo ?? int.MaxValue)
            ? null
            : new Refusal("PatientMustBeOfAge", "INAPPROPRIATE_VALUE", $"Service {service.Id} sees only patients aged {AgesOf(service)}.", "/service");
    }

    /// <summary>Whether the service offers a clinic type. A service that names no clinic types takes any.</summary>
    public static bool Offers(Service service, string clinicType) => service.ClinicTypes.Count == 0 || service.ClinicTypes.Contains(clinicType);

    /// <summary>Returns the referral as the service lists it, with a problem for each requested value that was changed.</summary>
    /// <param name="specialty">The requested specialty; null when none was requested.</param>
    public static Referral Fitted(Referral referral, Service service, string? specialty, DateTimeOffset now)
    {
        var problems = referral.Problems
            .Where(problem => problem.Code is not (ProblemCode.SpecialtyReplaced or ProblemCode.ClinicTypeNotOffered))
            .ToList();
        if (specialty is not null && specialty != service.Specialty)
        {
            problems.Add(new ReferralProblem(
                ProblemCode.SpecialtyReplaced,
                $"The referral asked for {specialty}. Service {service.Id} has the specialty {service.Specialty} and lists the referral under it.",
                now));
        }

        var clinicType = referral.ClinicType;
        if (clinicType is not null && !Offers(service, clinicType))
        {
            var text = $"The referral asked for {clinicType}, which service {service.Id} does not offer.";
            problems.Add(new ReferralProblem(ProblemCode.ClinicTypeNotOffered, text, now));
            clinicType = null;
        }

        return WithAgeAsked(referral with { Specialty = service.Specialty, ClinicType = clinicType, Problems = problems }, service, now);
    }

    /// <summary>Returns the referral with a problem when its service does not see patients of this age, and without that problem when it does.</summary>
    public static Referral WithAgeAsked(Referral referral, Service service, DateTimeOffset now)
    {
        var others = referral.Problems.Where(problem => problem.Code != ProblemCode.OutsideServiceLimits);
        var refusal = WhyPatientIsNotSeen(service, referral.Patient.BirthDate, UkTime.DateOf(now));
        return referral with
        {
            Problems = refusal is null ? [.. others] : [.. others, new ReferralProblem(ProblemCode.OutsideServiceLimits, refusal.Message, now)],
        };
    }

    private static int AgeOf(DateOnly born, DateOnly today)
    {
        var age = Math.Max(0, today.Year - born.Year);
        return age > 0 && born.AddYears(age) > today ? age - 1 : age;
    }

    private static string AgesOf(Service service) => (service.AgeFrom, service.AgeTo) switch
    {
        (null, { } to) => $"{to} or under",
        ({ } from, null) => $"{from} or over",
        var (from, to) => $"{from} to {to}",
    };
}
