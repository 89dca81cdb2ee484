"""Addresses: the JSON under /api/, the pages to click through at the root."""

from django.urls import path

from pages import api, views

urlpatterns = [
    path("", views.home, name="home"),
    path("act-as", views.act_as, name="act_as"),
    path("profile/<int:user_id>", views.profile, name="profile"),
    path("profile/<int:user_id>/save", views.save_profile, name="save_profile"),
    path("dashboard/<int:team_id>", views.dashboard, name="dashboard"),
    path("dashboard/<int:team_id>/permission", views.set_permission, name="set_permission"),
    path("flags", views.flags, name="flags"),
    path("flags/set", views.set_flag, name="set_flag"),
    path("api/health", api.health),
    path("api/<str:half>/profile/<int:user_id>", api.profile),
    path("api/<str:half>/profile/<int:user_id>/update", api.update_profile),
    path("api/<str:half>/dashboard/<int:team_id>", api.dashboard),
    path("api/<str:half>/team/<int:team_id>/user/<int:user_id>/role", api.change_role),
    path("api/<str:half>/team/<int:team_id>/user/<int:user_id>/revoke", api.revoke),
]
