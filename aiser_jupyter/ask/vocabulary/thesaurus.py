"""Words that stand for one another: what training knew, what names of columns are called otherwise, and the kinds of thing a business has.

This is the one place for them; abbreviations are in ``catalog.shortened``.
"""

from __future__ import annotations

from aiser_jupyter.ask.words import stem

# The learned engine was trained with these; they change with its weights alone.
SYNONYM_GROUPS = (
    "revenue sales turnover income proceeds", "customer client buyer shopper purchaser consumer", "employee staff worker personnel",
    "product item article good merchandise", "supplier vendor provider", "song track tune", "album record", "musician artist singer band",
    "price cost charge fee rate", "amount total value", "category type kind class genre sort", "order purchase", "invoice bill",
    "quantity unit volume count", "country nation nationality", "city town", "state province", "phone telephone number", "email mail",
    "salary wage pay income compensation", "department division unit", "manager boss supervisor head", "date day time when", "year when",
    "birthday birthdate born age", "name title who", "description detail", "location place where address site", "shipping shipment freight delivery ship",
    "shipper carrier", "movie film", "student pupil", "teacher instructor professor faculty lecturer", "course class subject", "school college university",
    "car vehicle automobile", "flight plane aircraft airplane", "airline carrier", "airport hub", "pet animal", "doctor physician", "patient sick",
    "hospital clinic", "book publication", "author writer", "length duration long runtime millisecond", "weight heavy", "height tall", "size big large",
    "population inhabitant resident people live citizen", "rating score star grade", "review rating feedback", "discount reduction rebate",
    "stock inventory", "store shop outlet branch", "team club squad", "player athlete", "game match", "stadium venue arena", "gender sex",
    "language tongue", "job position role occupation title", "company firm business organization corporation", "expense spending cost",
    "profit margin", "start begin open launch", "end finish close", "tenure service", "churn attrition leave cancel", "subscriber customer member",
    "contract agreement", "line detail", "rep representative employee", "payment pay transaction", "region territory area", "segment group cohort tier",
)  # fmt: skip
# Beside those, for the names of columns: verbs of business with the nouns of what they do, and everyday words of one meaning.
NAMES = (
    "doctor physician provider clinician practitioner", "send ship dispatch shipping shipment", "deliver delivery arrive arrival", "guest visitor traveller",
    "headed destination going bound dest", "takings revenue amount income earnings", "revenue charge", "checkin check-in arrival", "checkout check-out departure", "payout pay payment paid",
    "stay booking reservation book", "visit appointment", "payer insurer insurance", "vehicle fleet truck car", "signup registration register",
    "create signup sign register registration join joined open", "bill invoice charge", "rating rate score satisfaction star csat review", "reason cause why",
    "resolve resolution solve close", "wait delay", "depart departure leave", "prospect prospective buyer lead",
    "cost price charge fee", "worth value amount", "login log logged signin", "start begin", "end finish", "employee staff headcount people", "sex gender",
    "earn income salary", "issue issued invoice", "insurer insurance payer plan", "drug medicine medication prescription", "room unit", "owner own",
    "account customer client subscriber", "occupation job profession", "marital married marriage", "kid child children", "origin from source", "stock inventory",
    "building bldg", "diagnose diagnosis", "headquarters city", "licence license",
    "usage use consumption consumed", "leaver left leave terminate termination quit", "round stage", "attempt try", "spouse partner", "weekly-hours hours", "tip gratuity",
    "town city place", "postcode zip postal", "supervisor manager boss", "quota target", "nationality country", "seat place", "capacity seat",
    "household residential private", "pass passed", "fail failed", "depot base warehouse", "claim complaint",
    "odometer mileage kilometer kilometre", "breed race", "species kind", "deceased dead died death", "vin chassis",
)  # fmt: skip
# Each row names one kind of thing, the likeliest names first; two words are written with a line between.
THINGS = (
    "customer client buyer account account_holder guest subscriber member shopper purchaser patron cardholder policyholder user",
    "employee staff worker staff_member team_member sales_rep rep salesperson representative agent colleague",
    "sales_rep rep salesperson salesman sales_person sales_representative account_manager seller employee",
    "product item article good sku merchandise",
    "order purchase basket",
    "invoice bill receipt basket order purchase",
    "booking reservation stay",
    "appointment visit consultation encounter",
    "provider doctor physician clinician practitioner",
    "patient",
    "shipment delivery consignment parcel package",
    "vehicle fleet truck car",
    "supplier vendor contractor",
    "ticket support_ticket case incident",
    "diagnosis condition",
    "prescription medication medicine",
    "department dept ward",
    "insurance insurer payer",
    "outlet restaurant store shop branch cafe eatery",
    "payment transaction",
    "hotel property",
    "review rating",
    "course class lesson training workshop",
    "driver",
    "lead prospect prospective_buyer contact",
    "warehouse depot",
    "session visit",
    "machine equipment asset device",
    "loan credit",
    "claim",
    "donor supporter",
    "membership subscription",
    "trip ride journey",
    "website site",
    "menu_item dish meal food_item",
    "requisition job_requisition req vacancy job_opening open_position",
    "candidate applicant job_applicant job_seeker",
    "application job_application",
    "leave_request absence leave time_off",
    "learner student pupil trainee participant",
    "instructor teacher lecturer trainer tutor professor",
    "enrollment enrolment course_registration",
    "quiz exam test assessment",
    "outage power_cut blackout interruption",
    "tariff rate_plan",
    "waiter server waitress",
    "listing property house apartment dwelling",
    "tenant renter lessee",
    "volunteer helper",
    "donation gift contribution",
    "track song tune",
    "artist band musician",
    "genre music_style",
    "movie film",
    "factory plant works",
    "reseller dealer retailer distributor",
    "shipper carrier freight_company shipping_company courier haulier forwarder",
    "book volume",
    "author writer",
    "agent support_agent advisor adviser operator",
    "territory sales_area sales_region",
    "interview job_interview",
    "campaign promotion",
    "owner pet_owner client customer",
    "animal pet",
    "vet veterinarian veterinary_surgeon",
    "technician tech mechanic fitter",
    "landlord property_owner lessor",
    "maintenance_request repair_request repair maintenance_job",
    "work_order job repair_order repair",
    "staff_member employee staff worker team_member colleague",
    "expense cost outlay",
    "part spare_part spare",
)


def grouped(*groups: str) -> dict[str, frozenset[str]]:
    """For each stem the other stems of the groups that it is in."""
    found: dict[str, set[str]] = {}
    for group in groups:
        stems = {stem(word) for word in group.split()}
        for word in stems:
            found.setdefault(word, set()).update(stems - {word})
    return {word: frozenset(others) for word, others in found.items()}
